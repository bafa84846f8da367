import { expect, test } from 'vitest';
import { createTransportFallback } from '../src/watch/transport-fallback.js';

const [SOCKET, SSE, POLLING] = [0, 1, 2];

/** The transports that are used, in order, when these are the outcomes: `-` is a failure, `+` a success. */
function transportsFor(outcomes: string): number[] {
  const fallback = createTransportFallback({ transports: 3 });
  return outcomes.split('').map((outcome) => {
    const used = fallback.current();
    if (outcome === '+') fallback.succeeded();
    else fallback.failed();
    return used;
  });
}

test('tries each transport once while none has worked', () => {
  expect(transportsFor('-----')).toEqual([SOCKET, SSE, POLLING, SOCKET, SSE]);
});

test('keeps the first transport that works', () => {
  expect(transportsFor('-+-+-+')).toEqual([SOCKET, SSE, SSE, SSE, SSE, SSE]);
});

test('tries a transport that has worked three more times before the others', () => {
  expect(transportsFor('+------')).toEqual([SOCKET, SOCKET, SOCKET, SOCKET, SOCKET, SSE, POLLING]);
});

test('returns to the faster transport once a slower one works after an outage', () => {
  expect(transportsFor('+-----+')).toEqual([SOCKET, SOCKET, SOCKET, SOCKET, SOCKET, SSE, POLLING]);
  expect(transportsFor('+-----+++').slice(-2)).toEqual([SOCKET, SOCKET]);
});

test('keeps the slower transport when the faster one fails again', () => {
  expect(transportsFor('+-----+-++-+').slice(-5)).toEqual([SOCKET, POLLING, POLLING, POLLING, POLLING]);
});
