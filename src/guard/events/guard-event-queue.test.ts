import { describe, expect, test } from 'vitest';
import {
  MAX_ROWS_OF_ONE_SUBJECT,
  MAX_WAITING_GUARD_EVENTS,
  type QueuedEvent,
  createGuardEventQueue,
} from './guard-event-queue.js';

const AT = new Date('2026-11-28T12:00:00Z');
const PHONE = '+77010000002';
const phone = (index: number) => `+7701${String(index).padStart(7, '0')}`;
const ip = (index: number) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
const refused = (of: { phone?: string; ip?: string; until?: Date; attemptId?: string }) =>
  ({ rule: 'phone', action: 'refused', ...of }) as const;

function rowsAfter(count: number, event: (index: number) => Parameters<typeof refused>[0]): QueuedEvent[] {
  const queue = createGuardEventQueue();
  for (let index = 0; index < count; index += 1) queue.add(refused(event(index)), AT);
  return queue.take();
}
const total = (rows: QueuedEvent[]) => rows.reduce((sum, { count }) => sum + count, 0);

describe('guard events that wait to be written', () => {
  test('are one row with a count when rule, action, phone and network are equal', () => {
    const queue = createGuardEventQueue();
    const early = new Date('2026-11-28T13:00:00Z');
    const late = new Date('2026-11-28T14:00:00Z');
    queue.add(refused({ phone: PHONE, ip: '2001:db8::1', until: late, attemptId: 'first' }), AT);
    queue.add(refused({ phone: PHONE, ip: '2001:db8::2', until: early, attemptId: 'last' }), early);
    queue.add({ ...refused({ phone: PHONE, ip: '2001:db8::2' }), action: 'blocked' }, AT);
    expect(queue.take()).toMatchObject([
      { action: 'refused', network: '2001:db8:0:0::/64', count: 2, at: AT, until: late, attemptId: 'last' },
      { action: 'blocked', count: 1 },
    ]);
    expect(queue.take()).toEqual([]);
  });

  test('of one network name twenty phones at most, and count the others', () => {
    const rows = rowsAfter(10_000, (index) => ({ phone: phone(index), ip: ip(1) }));
    expect(rows).toHaveLength(MAX_ROWS_OF_ONE_SUBJECT + 1);
    expect(total(rows)).toBe(10_000);
    expect(rows.at(-1)).toMatchObject({ phone: undefined, network: ip(1), count: 10_000 - MAX_ROWS_OF_ONE_SUBJECT });
  });

  test('about one phone name twenty networks at most, and count the others', () => {
    const rows = rowsAfter(10_000, (index) => ({ phone: PHONE, ip: ip(index) }));
    expect(rows).toHaveLength(MAX_ROWS_OF_ONE_SUBJECT + 1);
    expect(rows.at(-1)).toMatchObject({ phone: PHONE, network: undefined, count: 10_000 - MAX_ROWS_OF_ONE_SUBJECT });
  });

  test.each([
    ['a /56', (index: number) => `2001:db8:7:${(index % 256).toString(16)}::1`, '2001:db8:7::/48'],
    ['a /48', (index: number) => `2001:db8:7:${index.toString(16)}::1`, '2001:db8:7::/48'],
    ['a /24', (index: number) => `10.0.0.${index % 256}`, '10.0.0.0/24'],
  ])('of %s name twenty of its networks at most, and count the others together', (_, ipOf, site) => {
    const rows = rowsAfter(6_000, (index) => ({ phone: phone(index), ip: ipOf(index) }));
    expect(rows).toHaveLength(MAX_ROWS_OF_ONE_SUBJECT + 1);
    expect(total(rows)).toBe(6_000);
    expect(rows.at(-1)).toMatchObject({ phone: undefined, network: site });
  });

  test('of a network without a phone are rows of twenty networks of its /48', () => {
    const rows = rowsAfter(6_000, (index) => ({ ip: `2001:db8:7:${index.toString(16)}::1` }));
    expect(rows).toHaveLength(MAX_ROWS_OF_ONE_SUBJECT + 1);
  });

  test('are 2,000 rows at most, and what does not fit is counted in one more', () => {
    const rows = rowsAfter(MAX_WAITING_GUARD_EVENTS + 5_000, (index) => ({
      phone: phone(index),
      ip: `10.${index >> 8}.${index & 255}.1`,
    }));
    expect(rows).toHaveLength(MAX_WAITING_GUARD_EVENTS + 1);
    expect(rows.at(-1)).toMatchObject({ rule: 'dropped', count: 5_000 });
  });

  test('keep their count when they are put back', () => {
    const queue = createGuardEventQueue();
    for (const _ of [1, 2, 3]) queue.add(refused({ phone: PHONE, ip: ip(1) }), AT);
    const rows = queue.take();
    queue.add(refused({ phone: PHONE, ip: ip(1) }), AT);
    for (const row of rows) queue.putBack(row);
    expect(queue.take()).toMatchObject([{ count: 4 }]);
  });
});
