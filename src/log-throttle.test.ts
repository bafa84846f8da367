import { expect, test } from 'vitest';
import { createLogThrottle } from './log-throttle.js';

test('one event in each interval is logged, with the number of those that were not', () => {
  let now = 0;
  const mayLog = createLogThrottle(1_000, () => now);
  expect(mayLog()).toEqual({ notLogged: 0 });
  expect([mayLog(), mayLog()]).toEqual([undefined, undefined]);
  now = 999;
  expect(mayLog()).toBeUndefined();
  now = 1_000;
  expect(mayLog()).toEqual({ notLogged: 3 });
  now = 5_000;
  expect(mayLog()).toEqual({ notLogged: 0 });
});
