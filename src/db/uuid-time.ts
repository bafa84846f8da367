import { v7 as uuidv7 } from 'uuid';

/** The least id that is made at a moment (UUID version 7, RFC 9562): so a primary key also finds what is older, or newer. */
export function leastIdOf(moment: Date): string {
  return uuidv7({ msecs: moment.getTime(), seq: 0, random: new Uint8Array(16) });
}
