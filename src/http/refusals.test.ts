import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { REFUSALS_HELD, REFUSALS_PER_CLIENT } from '../guard/limits.js';
import { MAX_REFUSAL_WAIT_MS, createRefusals } from './refusals.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const CLIENT = '203.0.113.7';
const { perSecond, burst } = REFUSALS_PER_CLIENT;

/** Refuses connections of a client, and counts the answers. */
function refuseAll(refusals: ReturnType<typeof createRefusals>, count: number, ip = CLIENT) {
  const seen = { answers: 0 };
  const connections = Array.from({ length: count }, () => new EventEmitter());
  for (const connection of connections) refusals.hold({ ip, connection }, () => (seen.answers += 1));
  return Object.assign(seen, { connections });
}

describe('the refusals of a client', () => {
  test('are answered at once while they are few, then at a rate', () => {
    const refused = refuseAll(createRefusals({ production: true }), burst + perSecond);
    expect(refused.answers).toBe(burst);
    vi.advanceTimersByTime(500);
    expect(refused.answers).toBeGreaterThan(burst + perSecond * 0.45);
    expect(refused.answers).toBeLessThan(burst + perSecond * 0.55);
    vi.advanceTimersByTime(550);
    expect(refused.answers).toBe(burst + perSecond);
  });

  test('wait at most ten seconds, and those of a flood are not answered together', () => {
    const refused = refuseAll(createRefusals({ production: true }), 2_000);
    let before = refused.answers;
    let most = 0;
    for (let ms = 0; ms < MAX_REFUSAL_WAIT_MS; ms += 500) {
      vi.advanceTimersByTime(500);
      most = Math.max(most, refused.answers - before);
      before = refused.answers;
    }
    expect(refused.answers).toBe(2_000);
    expect(most).toBeLessThan(250); // 50 in half a second, then 100 more of the thousand beyond the rate
  });

  test('do not delay those of other clients', () => {
    const refusals = createRefusals({ production: true });
    refuseAll(refusals, 2_000);
    expect(refuseAll(refusals, 1, '203.0.113.8').answers).toBe(1);
  });

  test('wait together for all networks of one /48 of IPv6', () => {
    const refusals = createRefusals({ production: true });
    const answers = Array.from(
      { length: 2_000 },
      (_, index) => refuseAll(refusals, 1, `2001:db8:1:${index.toString(16)}::1`).answers,
    );
    expect(answers.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(burst * 10);
  });

  test('are not answered when the connection closes before', () => {
    const refused = refuseAll(createRefusals({ production: true }), burst + 50);
    for (const connection of refused.connections) connection.emit('close');
    vi.advanceTimersByTime(MAX_REFUSAL_WAIT_MS);
    expect(refused.answers).toBe(burst);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('wait at least as long as the caller says', () => {
    const refusals = createRefusals({ production: true });
    let answered = false;
    refusals.hold({ ip: CLIENT, connection: new EventEmitter(), atLeastMs: 1_000 }, () => (answered = true));
    vi.advanceTimersByTime(999);
    expect(answered).toBe(false);
    vi.advanceTimersByTime(1);
    expect(answered).toBe(true);
  });
});

test('so many refusals wait, and further ones do not', () => {
  const refused = refuseAll(createRefusals({ production: true }), REFUSALS_HELD + burst + 1_000);
  expect(refused.answers).toBeGreaterThanOrEqual(burst + 1_000);
  expect(vi.getTimerCount()).toBeLessThanOrEqual(REFUSALS_HELD);
});

test('when the server closes, all that wait are answered, and later ones do not wait', () => {
  const refusals = createRefusals({ production: true });
  const refused = refuseAll(refusals, 1_000);
  refusals.release();
  expect(refused.answers).toBe(1_000);
  expect(refuseAll(refusals, 1_000).answers).toBe(1_000);
  expect(vi.getTimerCount()).toBe(0);
});
