import type { KavenegarMessage } from './simulator.js';
import { receptorOf } from './receptor.js';
import { statusText } from './statuses.js';

/** A message, as the methods that send or select messages return it. */
export function messageEntry({ messageid, message, status, sender, receptor, at, cost }: KavenegarMessage) {
  return {
    messageid,
    message,
    status,
    statustext: statusText(status),
    sender,
    receptor: receptorOf(receptor),
    date: unixTime(at),
    cost,
  };
}

export const unixTime = (ms: number): number => Math.floor(ms / 1000);
