import { expect, test } from 'vitest';
import { createKeyedLogThrottle, createLogThrottle } from './log-throttle.js';

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

test('limits each key by itself, and reports how many lines of the key it held back', () => {
  let now = 0;
  const mayLog = createKeyedLogThrottle(1_000, () => now);
  expect([mayLog('a'), mayLog('b'), mayLog('a'), mayLog('a')]).toEqual([
    { notLogged: 0 },
    { notLogged: 0 },
    undefined,
    undefined,
  ]);
  now = 1_000;
  expect(mayLog('a')).toEqual({ notLogged: 2 });
});

test('remembers ten thousand keys, and limits all others together', () => {
  let now = 0;
  const mayLog = createKeyedLogThrottle(1_000, () => now);
  for (let key = 0; key < 10_000; key += 1) mayLog(`${key}`);
  expect([mayLog('x'), mayLog('y'), mayLog('0')]).toEqual([{ notLogged: 0 }, undefined, undefined]);
  now = 1_000;
  expect([mayLog('y'), mayLog('z')]).toEqual([{ notLogged: 0 }, { notLogged: 0 }]);
});
