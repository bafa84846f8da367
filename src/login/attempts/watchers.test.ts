import { expect, test } from 'vitest';
import { createWatchers } from './watchers.js';

const attemptId = '0190aaaa-0000-7000-8000-000000000001';

test('a connection watches an attempt once, and again after it has left', () => {
  const watchers = createWatchers({ production: true });
  const connection = {};
  const leave = watchers.join({ attemptId, connection, ip: '203.0.113.7' });
  expect(watchers.join({ attemptId, connection, ip: '203.0.113.7' })).toBeUndefined();
  expect(watchers.join({ attemptId: 'another', connection, ip: '203.0.113.7' })).toBeDefined();
  leave?.();
  leave?.();
  expect(watchers.join({ attemptId, connection, ip: '203.0.113.7' })).toBeDefined();
});

test('a network has five connections that watch an attempt; another network is not affected', () => {
  const watchers = createWatchers({ production: true });
  const join = (ip: string) => watchers.join({ attemptId, connection: {}, ip });
  const leaves = Array.from({ length: 5 }, (_, index) => join(`2001:db8:1:2::${index}`));
  expect(leaves.every((leave) => leave !== undefined)).toBe(true);
  expect(join('2001:db8:1:2:ffff::1')).toBeUndefined();
  expect(join('2001:db8:1:3::1')).toBeDefined();
  leaves[0]?.();
  expect(join('2001:db8:1:2:ffff::1')).toBeDefined();
});

test('the same machine has no limit in development, and the same limit as others in production', () => {
  for (const production of [true, false]) {
    const watchers = createWatchers({ production });
    const joined = Array.from({ length: 6 }, () => watchers.join({ attemptId, connection: {}, ip: '127.0.0.1' }));
    expect(joined.at(-1) === undefined).toBe(production);
  }
});
