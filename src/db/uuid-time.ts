import { v7 as uuidv7 } from 'uuid';

/** A UUID of version 7 has 48 bits for its time: until the year 10889. */
const MAX_MSECS = 2 ** 48 - 1;

/** The smallest ID of a time (UUID version 7, RFC 9562). Use it to find older or newer rows by their primary key. */
export function minUuidAt(moment: Date): string {
  const msecs = Math.min(Math.max(moment.getTime(), 0), MAX_MSECS);
  return uuidv7({ msecs, seq: 0, random: new Uint8Array(16) });
}

/** SQL: the same of a time in SQL. */
export const minUuidAtSql = (moment: string) =>
  `(lpad(to_hex((extract(epoch FROM ${moment}) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid`;
