import { array, text } from '../../db/types.js';
import { addGuesses } from './guess-counts.js';
import { phoneFromNetwork, phoneOnDevice } from './guess-subjects.js';
import { addToMinute } from './spray.js';

/** The parameters of the SQL below: the networks of the client, the narrowest first; none for a client without limits. */
export const GUESS_PARAMETERS = { networks: array(text) };

/** SQL: the narrowest network of the client; null for a client without limits. */
export const NETWORK = '(:networks::text[])[1]';

/**
 * SQL: queries of a WITH list that count a wrong code for the attempt in `from (phone, device_hash)`. The wrong code of a
 * known device counts for that device only; every other one for the phone, for the client's networks, and for the phone
 * together with the network. All count for the whole service.
 *
 * Every statement locks a phone before the phone with a client, and networks last and in order, so two of them cannot
 * deadlock. A network counts a phone when the phone's first failure of the day from there is counted.
 */
export const countWrongGuess = (from: string) => `
    failed_subject AS (${addGuesses(
      `SELECT coalesce(${phoneOnDevice('phone', 'device_hash')}, phone) AS subject, 1 AS failures, 0 AS targets, 0 AS verified FROM ${from}`,
    )}),
    failed_client AS (${addGuesses(
      `SELECT ${phoneFromNetwork('phone', NETWORK)} AS subject, 1 AS failures, 0 AS targets, 0 AS verified
       FROM ${from} JOIN failed_subject ON true WHERE device_hash IS NULL AND ${NETWORK} IS NOT NULL`,
    )}),
    failed_networks AS (${addGuesses(
      `SELECT network AS subject, 1 AS failures, is_first_today::int AS targets, 0 AS verified
       FROM failed_client, unnest(:networks::text[]) AS network ORDER BY network COLLATE "C"`,
    )}),
    failed_minute AS (${addToMinute(`SELECT 1 AS failed, 0 AS verified FROM ${from}`)})`;
