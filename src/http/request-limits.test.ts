import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { REQUESTS_AT_ONCE_PER_CLIENT } from '../guard/limits.js';
import type { Reading } from './reading.js';
import { createRequestLimits } from './request-limits.js';

/** Requests of one client; the first ones are not answered. @returns what became of one more */
function oneMoreThanAtOnce(headers: Record<string, string>) {
  const seen = { answered: 0, held: 0 };
  const limits = createRequestLimits(
    { trustedProxyHops: 0, production: true, clientOperationsPerSecond: 1_000 },
    {
      reading: { attribute: () => {}, isExhausted: () => false } as unknown as Reading,
      limitedOf: () => 'all',
      recordRefusal: () => {},
      refusals: { hold: () => (seen.held += 1), release: () => {} },
    },
  );
  const admit = (sent: Record<string, string>) => {
    const request = Object.assign(new EventEmitter(), { headers: sent, socket: { remoteAddress: '203.0.113.7' } });
    const response = Object.assign(new EventEmitter(), {
      req: request,
      hasHeader: () => false,
      setHeader: () => response,
      writeHead: () => response,
      end: () => (seen.answered += 1),
    });
    return limits.admit(request as unknown as IncomingMessage, response as unknown as ServerResponse);
  };
  for (let index = 0; index < REQUESTS_AT_ONCE_PER_CLIENT; index += 1) expect(admit({})).toBe(true);
  expect(admit(headers)).toBe(false);
  return seen;
}

test('a request above the limit of a client waits for its refusal', () => {
  expect(oneMoreThanAtOnce({})).toEqual({ answered: 0, held: 1 });
});

test('a request with a body does not, because the body would wait in memory', () => {
  expect(oneMoreThanAtOnce({ 'content-length': '64000' })).toEqual({ answered: 1, held: 0 });
});
