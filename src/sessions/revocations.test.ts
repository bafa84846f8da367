import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Database } from '../db/database.js';
import { createLog } from '../log.js';
import type { Bus } from '../realtime/bus.js';
import { createLocalBus } from '../realtime/local-bus.js';
import { REVOCATIONS, type Revocations, followRevocations } from './revocations.js';

const START = new Date('2026-11-21T12:00:00Z');

let revoked: { id: string; at: number }[];
let reads: number[];
let failing: boolean;
let bus: Bus;
let list: Revocations;
let lines: string[];

const database = {
  async query(_: unknown, [seconds]: [number]) {
    if (failing) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    reads.push(seconds);
    return revoked.filter(({ at }) => at > Date.now() - seconds * 1000);
  },
} as unknown as Database;

const follow = () =>
  followRevocations({ database, bus, log: createLog('debug', { write: (line: string) => void lines.push(line) }) });
const revoke = (id: string, secondsAgo = 0) => revoked.push({ id, at: Date.now() - secondsAgo * 1000 });
const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);

beforeEach(async () => {
  vi.useFakeTimers({ now: START });
  [revoked, reads, failing, lines] = [[], [], false, []];
  bus = createLocalBus();
  list = await follow();
});
afterEach(async () => {
  await list.stop();
  vi.useRealTimers();
});

test('at the start it knows whatever was revoked while its tokens still live: 600 s and 30 of skew', async () => {
  revoke('in time', 629);
  revoke('long over', 631);
  const late = await follow();
  expect([late.isRevoked('in time'), late.isRevoked('long over')]).toEqual([true, false]);
  expect(reads.at(-1)).toBe(630);
  await late.stop();
});

test('a wake-up makes it look at once; without one it looks after a second', async () => {
  revoke('told');
  bus.publish(REVOCATIONS);
  await pass(0);
  expect(list.isRevoked('told')).toBe(true);
  revoke('not told');
  expect(list.isRevoked('not told')).toBe(false);
  await pass(1);
  expect(list.isRevoked('not told')).toBe(true);
  expect(list.isRevoked('another')).toBe(false);
});

test('it asks for the last seconds only, with some to spare for a statement that took long', async () => {
  await pass(5);
  expect(Math.max(...reads.slice(1))).toBeLessThanOrEqual(17);
  // It began fourteen seconds ago, and is seen only now.
  revoke('slow', 14);
  await pass(1);
  expect(list.isRevoked('slow')).toBe(true);
});

test('listeners hear of each session once, until they stop', async () => {
  const heard: string[] = [];
  const stop = list.onRevoked((id) => heard.push(id));
  revoke('one');
  await pass(5);
  revoke('two');
  await pass(5);
  expect(heard).toEqual(['one', 'two']);
  stop();
  revoke('three');
  await pass(1);
  expect(heard).toEqual(['one', 'two']);
});

test('what was revoked during an outage is found after it, and the outage is told once', async () => {
  failing = true;
  await pass(10);
  revoke('meanwhile');
  await pass(120);
  expect(list.isRevoked('meanwhile')).toBe(false);
  failing = false;
  await pass(1);
  expect(list.isRevoked('meanwhile')).toBe(true);
  expect(reads.at(-1)).toBeGreaterThanOrEqual(130);
  expect(lines.filter((line) => line.includes('revocations_unread'))).toHaveLength(1);
});

test('what it knew before an outage it still knows', async () => {
  revoke('before');
  await pass(1);
  failing = true;
  await pass(300);
  expect(list.isRevoked('before')).toBe(true);
});

test('a session is forgotten when its tokens have run out everywhere, and not before', async () => {
  revoke('one');
  await pass(1);
  await pass(629);
  expect(list.isRevoked('one')).toBe(true);
  await pass(30);
  expect(list.isRevoked('one')).toBe(false);
});

test('when it has stopped it looks no more, and listens to nobody', async () => {
  await list.stop();
  const before = reads.length;
  bus.publish(REVOCATIONS);
  await pass(10);
  expect(reads).toHaveLength(before);
  expect(bus.topics()).toBe(0);
});
