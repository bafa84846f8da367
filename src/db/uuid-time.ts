import { v7 as uuidv7 } from 'uuid';

/** An id has 48 bits for its time: until the year 10889. */
const MOST_MSECS = 2 ** 48 - 1;

/** The least id that is made at a moment (UUID version 7, RFC 9562): so a primary key also finds what is older, or newer. */
export function minUuidAt(moment: Date): string {
  const msecs = Math.min(Math.max(moment.getTime(), 0), MOST_MSECS);
  return uuidv7({ msecs, seq: 0, random: new Uint8Array(16) });
}
