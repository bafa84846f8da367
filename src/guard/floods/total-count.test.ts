import { expect, test } from 'vitest';
import { createTotalCount } from './total-count.js';

test('counts connections of every kind together, and each end once', () => {
  const total = createTotalCount(2);
  const socket = total.acquire();
  const stream = total.acquire();
  expect([socket, stream]).not.toContain(undefined);
  expect(total.acquire()).toBeUndefined();
  socket?.();
  socket?.();
  expect(total.acquire()).toBeDefined();
  expect(total.acquire()).toBeUndefined();
});
