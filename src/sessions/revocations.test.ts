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
let revocations: Revocations;
let lines: string[];

const database = {
  async query(_: unknown, { seconds }: { seconds: number }) {
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
  revocations = await follow();
});
afterEach(async () => {
  await revocations.stop();
  vi.useRealTimers();
});

test('at the start it knows every session that was revoked within 630 s: the life of an access token and the clock skew', async () => {
  revoke('in time', 629);
  revoke('too old', 631);
  const later = await follow();
  expect([later.isRevoked('in time'), later.isRevoked('too old')]).toEqual([true, false]);
  expect(reads.at(-1)).toBe(630);
  await later.stop();
});

test('it reads at once when a revocation is published, and otherwise after a second', async () => {
  revoke('published');
  bus.publish(REVOCATIONS);
  await pass(0);
  expect(revocations.isRevoked('published')).toBe(true);
  revoke('not published');
  expect(revocations.isRevoked('not published')).toBe(false);
  await pass(1);
  expect(revocations.isRevoked('not published')).toBe(true);
  expect(revocations.isRevoked('another')).toBe(false);
});

test('it reads the last seconds only, and 15 s more for a statement that was slow to commit', async () => {
  await pass(5);
  expect(Math.max(...reads.slice(1))).toBeLessThanOrEqual(17);
  // The statement began fourteen seconds ago and has only now committed.
  revoke('slow', 14);
  await pass(1);
  expect(revocations.isRevoked('slow')).toBe(true);
});

test('a listener is called once for each session, until it stops', async () => {
  const called: string[] = [];
  const stop = revocations.onRevoked((id) => called.push(id));
  revoke('one');
  await pass(5);
  revoke('two');
  await pass(5);
  expect(called).toEqual(['one', 'two']);
  stop();
  revoke('three');
  await pass(1);
  expect(called).toEqual(['one', 'two']);
});

test('sessions that were revoked during an outage of the database are found after it, and the outage is logged once', async () => {
  failing = true;
  await pass(10);
  revoke('meanwhile');
  await pass(120);
  expect(revocations.isRevoked('meanwhile')).toBe(false);
  failing = false;
  await pass(1);
  expect(revocations.isRevoked('meanwhile')).toBe(true);
  expect(reads.at(-1)).toBeGreaterThanOrEqual(130);
  expect(lines.filter((line) => line.includes('revocations_read_failed'))).toHaveLength(1);
});

test('sessions that were known before an outage stay known during it', async () => {
  revoke('before');
  await pass(1);
  failing = true;
  await pass(300);
  expect(revocations.isRevoked('before')).toBe(true);
});

test('a session is dropped when its access tokens have expired everywhere, and not before', async () => {
  revoke('one');
  await pass(1);
  await pass(629);
  expect(revocations.isRevoked('one')).toBe(true);
  await pass(30);
  expect(revocations.isRevoked('one')).toBe(false);
});

test('after stop() it reads no more and has no subscription', async () => {
  await revocations.stop();
  const before = reads.length;
  bus.publish(REVOCATIONS);
  await pass(10);
  expect(reads).toHaveLength(before);
  expect(bus.topics()).toBe(0);
});
