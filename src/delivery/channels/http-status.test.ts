import { expect, test } from 'vitest';
import { failureOfStatus } from './http-status.js';

test.each([
  [401, 'authentication', false],
  [403, 'authentication', false],
  [402, 'insufficient_credit', false],
  [429, 'rate_limited', false],
  [500, 'channel_down', false],
  [502, 'channel_down', true],
  [503, 'channel_down', true],
  [504, 'channel_down', false],
  [404, 'unknown', false],
  [204, 'unknown', false],
])('the HTTP status %i means %s', (status, failure, retry) => {
  expect(failureOfStatus(status)).toEqual({ outcome: 'failed', failure, detail: `HTTP ${status}`, retry });
});
