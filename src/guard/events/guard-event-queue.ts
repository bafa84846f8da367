import { networksOf } from '../networks/networks-of.js';
import type { GuardEvent } from './guard-event.js';

/** Equal events: one row of the table. */
export interface QueuedEvent extends Omit<GuardEvent, 'ip' | 'subject'> {
  network: string | undefined;
  /** The widest network of the client: a /24, or the /48 of an IPv6 address. */
  site: string | undefined;
  /** Time of the first of them. */
  at: Date;
  count: number;
}

/** Rows that wait to be written at most. The events of further rows are only counted. */
export const MAX_WAITING_GUARD_EVENTS = 2_000;
/**
 * Rows of one rule that name one network, or one phone, at most. Further ones leave out the phone, or the network. Further
 * networks of one /24 or /48 are one row together.
 */
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
    const { phone, network, site } = row;
    if (phone !== undefined && network !== undefined && (isFull(network) || isFull(phone)))
      return put({
        ...row,
        attemptId: undefined,
        ...(isFull(network) ? { phone: undefined } : { network: undefined }),
      });
    if (network !== undefined && network !== site && isFull(site) && !isFull(network))
      return put({ ...row, network: site });
    if (waiting.size >= MAX_WAITING_GUARD_EVENTS) return drop(row);
    waiting.set(keyOf(row), row);
    // A row that names only one of the two is the only one that does.
    const named = phone === undefined || network === undefined ? [] : [phone, network];
    for (const subject of network === site ? named : [...named, site])
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
    else dropped = { rule: 'dropped', action: 'refused', network: undefined, site: undefined, at, count };
  }

  return {
    add(event, at) {
      const { ip, subject: _, ...kept } = event;
      const networks = ip === undefined ? [] : networksOf(ip);
      put({ ...kept, network: networks[0], site: networks.at(-1), at, count: 1 });
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
