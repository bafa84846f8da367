import { networkOf } from './client-ip.js';
import type { GuardEvent } from './guard-event.js';

/** Equal events: one row of the table. */
export interface QueuedEvent extends Omit<GuardEvent, 'ip'> {
  network: string | undefined;
  /** Time of the first of them. */
  at: Date;
  count: number;
}

/** Rows that wait to be written at most. The events of further rows are only counted. */
export const MAX_WAITING_GUARD_EVENTS = 10_000;
/** Rows of one rule that name one network, or one phone, at most. Further ones leave out the phone, or the network. */
export const MAX_ROWS_OF_ONE_SUBJECT = 20;

/** Guard events that wait to be written. Its memory is bounded, whatever strangers cause. */
export interface GuardEventQueue {
  add(event: GuardEvent, at: Date): void;
  /** Adds a row again that could not be written. */
  putBack(row: QueuedEvent): void;
  /** Empties the queue. @returns its rows */
  take(): QueuedEvent[];
}

export function createGuardEventQueue(): GuardEventQueue {
  let waiting = new Map<string, QueuedEvent>();
  let rowsBySubject = new Map<string, number>();
  let dropped: QueuedEvent | undefined;

  function put(row: QueuedEvent): void {
    if (merge(row)) return;
    const rowsOf = (subject: string | undefined) => rowsBySubject.get(`${row.rule} ${row.action} ${subject}`) ?? 0;
    const isFull = (subject: string | undefined) => rowsOf(subject) >= MAX_ROWS_OF_ONE_SUBJECT;
    const { phone, network } = row;
    if (phone !== undefined && network !== undefined && (isFull(network) || isFull(phone)))
      return put({
        ...row,
        attemptId: undefined,
        ...(isFull(network) ? { phone: undefined } : { network: undefined }),
      });
    if (waiting.size >= MAX_WAITING_GUARD_EVENTS) return drop(row);
    waiting.set(keyOf(row), row);
    if (phone === undefined || network === undefined) return;
    for (const subject of [phone, network])
      rowsBySubject.set(`${row.rule} ${row.action} ${subject}`, rowsOf(subject) + 1);
  }

  /** @returns whether an equal row was waiting */
  function merge(row: QueuedEvent): boolean {
    const equal = waiting.get(keyOf(row));
    if (!equal) return false;
    equal.count += row.count;
    equal.attemptId = row.attemptId ?? equal.attemptId;
    if (row.until && !(equal.until && equal.until > row.until)) equal.until = row.until;
    return true;
  }

  function drop({ at, count }: QueuedEvent): void {
    if (dropped) dropped.count += count;
    else dropped = { rule: 'dropped', action: 'refused', network: undefined, at, count };
  }

  return {
    add({ ip, ...event }, at) {
      put({ ...event, network: ip === undefined ? undefined : networkOf(ip), at, count: 1 });
    },
    putBack: (row) => (row.rule === 'dropped' ? drop(row) : put(row)),
    take() {
      const rows = [...waiting.values(), ...(dropped ? [dropped] : [])];
      waiting = new Map();
      rowsBySubject = new Map();
      dropped = undefined;
      return rows;
    },
  };
}

const keyOf = ({ rule, action, phone, network }: QueuedEvent) => JSON.stringify([rule, action, phone, network]);
