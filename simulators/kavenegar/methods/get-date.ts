import { unixTime } from '../message-entry.js';
import type { Context } from '../simulator.js';

const TEHRAN_MS = 3.5 * 3_600_000;

/** Needs no key. The fields of its entries are not documented; these are from memory. */
export function getDate({ clock }: Context): object {
  const now = clock.now();
  const local = new Date(now + TEHRAN_MS);
  const [day = '', time = ''] = local.toISOString().slice(0, 19).split('T');
  return {
    datetime: `${day.replaceAll('-', '/')} ${time}`,
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
    unixtime: unixTime(now),
  };
}
