import { describe, expect, test } from 'vitest';
import { createLog } from './log.js';
import { prettyLine } from './log-line.js';

const ATTEMPT = '0199f2c0-8a5e-7c31-9d44-3f1f0a7b6c55';

/** What the log writes for one event, as JSON. */
function jsonLine(write: (log: ReturnType<typeof createLog>) => void): string {
  const lines: string[] = [];
  write(createLog('debug', { write: (line: string) => void lines.push(line) }));
  expect(lines).toHaveLength(1);
  return lines.join('');
}
const pretty = (write: Parameters<typeof jsonLine>[0], colors = false) => prettyLine(jsonLine(write), { colors });

test.each([
  ['otp.requested', 'OTP'],
  ['otp.sent', 'OTP'],
  ['otp.send_failed', 'OTP'],
  ['otp.verified', 'OTP VERIFY'],
  ['otp.incorrect', 'OTP VERIFY'],
  ['otp.refused', 'OTP VERIFY'],
  ['webhook.ignored', 'WEBHOOK'],
  ['green_api.state', 'GREEN API'],
])('the event %s has the category %s', (event, category) => {
  expect(JSON.parse(jsonLine((log) => log.info({ event })))).toMatchObject({ event, category });
  expect(pretty((log) => log.info({ event }))).toContain(` INFO [${category}] ${event}\n`);
});

describe('a line for people', () => {
  test('has the time, the level, the category, the event and its fields', () => {
    const line = pretty((log) =>
      log.warn({ event: 'otp.send_failed', attemptId: ATTEMPT, channel: 'green-api', code: 466 }),
    );
    expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} WARN \[OTP\] otp\.send_failed /);
    expect(line.endsWith(` attemptId=${ATTEMPT} channel=green-api code=466\n`)).toBe(true);
  });

  test('names an error with its cause', () => {
    const error = new Error('It broke', { cause: new Error('because') });
    expect(pretty((log) => log.error({ event: 'http.bug', error }))).toMatch(/error=\{.*'It broke'.*'because'.*\}\n$/);
  });

  test.each(['a\nb', 'a\r\n12:00:00.000 INFO [OTP] otp.sent', '\u001B[2Jgone', '\u0085next', 'say "hi"'])(
    'stays one line whatever a client sends: %j',
    (userAgent) => {
      const line = pretty((log) => log.info({ event: 'otp.requested', userAgent, nested: { userAgent } }));
      expect(line.slice(0, -1)).not.toMatch(/\p{Cc}/u);
      expect(line.endsWith('\n')).toBe(true);
    },
  );

  test('has colors for what needs attention, in a terminal only', () => {
    expect(pretty((log) => log.error({ event: 'http.bug' }), true)).toContain('\u001B[31mERROR\u001B[0m');
    expect(pretty((log) => log.info({ event: 'otp.sent' }), true)).not.toContain('\u001B');
  });
});
