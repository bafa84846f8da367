import { expect, test } from 'vitest';
import { createChoice } from '../../../src/web/client/watch/transport-fallback.js';

const [SOCKET, SSE, POLLING] = [0, 1, 2];

/** The ways that are gone, in order: `-` is a failure, `+` a success. */
function gone(outcomes: string): number[] {
  const choice = createChoice(3);
  return outcomes.split('').map((outcome) => {
    const way = choice.way();
    if (outcome === '+') choice.worked();
    else choice.failed();
    return way;
  });
}

test('as long as none has worked, each has one try', () => {
  expect(gone('-----')).toEqual([SOCKET, SSE, POLLING, SOCKET, SSE]);
});

test('the first that works is kept', () => {
  expect(gone('-+-+-+')).toEqual([SOCKET, SSE, SSE, SSE, SSE, SSE]);
});

test('one that has worked gets three more tries, then the others have theirs', () => {
  expect(gone('+------')).toEqual([SOCKET, SOCKET, SOCKET, SOCKET, SOCKET, SSE, POLLING]);
});

test('when another works after an outage, the better one of before is tried once more', () => {
  expect(gone('+-----+')).toEqual([SOCKET, SOCKET, SOCKET, SOCKET, SOCKET, SSE, POLLING]);
  expect(gone('+-----+++').slice(-2)).toEqual([SOCKET, SOCKET]);
});

test('and when it fails, the one that works is kept', () => {
  expect(gone('+-----+-++-+').slice(-5)).toEqual([SOCKET, POLLING, POLLING, POLLING, POLLING]);
});
