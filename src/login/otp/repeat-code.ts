import { fromOuterJoin, hasColumns } from '../../db/outer-join.js';
import { statement } from '../../db/statement.js';
import { bytea, int2, nullable, uuid } from '../../db/types.js';
import { GUESS_PARAMETERS, countWrongGuess } from '../../guard/guesses/count-wrong-guess.js';
import { DEVICE_PARAMETERS, type DeviceTokens, deviceHashes, keptToken } from '../../sessions/device-tokens.js';
import { knownDeviceHash } from '../../sessions/known-devices.js';
import { SESSION_COLUMNS, type Session, mintSession, sessionColumns } from '../../sessions/session.js';
import { userColumns } from '../../users/user.js';
import { justClaimed, openSessionOf } from '../attempts/just-claimed.js';
import type { LoginDeps } from '../create-login.js';

/** SQL: locks an attempt whose code was accepted just now, unless its tries are used up. */
const LOCK_CLAIMED = `
      SELECT id, phone, device_hash, session_id FROM login_attempts a
      WHERE id = :attemptId AND method = 'OTP' AND status = 'CLAIMED' AND tries < :maxTries AND ${justClaimed('a')} FOR UPDATE`;

/**
 * Reads the session that the right code has opened. The lock orders this statement with concurrent wrong codes: of any
 * number of parallel guesses, only those before the last try can be right.
 */
const READ_OPENED_SESSION = statement({
  name: 'login/read_session_of_repeated_code',
  sql: `
    WITH claimed AS (${LOCK_CLAIMED})
    SELECT ${knownDeviceHash('s.user_id')} AS known_device, ${sessionColumns('s')}, ${userColumns('u')}
    FROM claimed ${openSessionOf('claimed')}`,
  parameters: { attemptId: uuid, maxTries: int2, shownDevices: DEVICE_PARAMETERS.shownDevices },
  columns: { known_device: nullable(bytea), ...fromOuterJoin(SESSION_COLUMNS) },
});

/** Counts a wrong code for a claimed attempt, as for an open one. */
const COUNT_WRONG_REPEAT = statement({
  name: 'login/count_wrong_repeated_code',
  sql: `
    WITH claimed AS (${LOCK_CLAIMED}),
    ${countWrongGuess('claimed')}
    UPDATE login_attempts a SET tries = a.tries + 1 FROM claimed WHERE a.id = claimed.id
    RETURNING a.tries`,
  parameters: { attemptId: uuid, maxTries: int2, ...GUESS_PARAMETERS },
  columns: { tries: int2 },
});

type RepeatDeps = Pick<LoginDeps, 'config' | 'database' | 'mint' | 'log'>;

/**
 * The session that the right code of this attempt has opened, for a client that did not receive the answer. It never
 * opens a second one. @returns undefined when the session has ended, or the attempt has no tries left.
 */
export async function readOpenedSession(
  { attemptId, device }: { attemptId: string; device: DeviceTokens },
  { config, database, mint, log }: RepeatDeps,
): Promise<Session | undefined> {
  const { shownDevices } = deviceHashes(device);
  const [row] = await database.query(READ_OPENED_SESSION, { attemptId, maxTries: config.otp.maxTries, shownDevices });
  if (!row || !hasColumns(row, SESSION_COLUMNS)) return undefined;
  log.info({ event: 'login.claim_repeated', attemptId, sessionId: row.session_id });
  return mintSession(row, mint, keptToken(device, row.known_device));
}

/** Counts a wrong code that follows the right one. A client that does not know the code must not guess its session. */
export async function countWrongRepeat(
  { attemptId, networks }: { attemptId: string; networks: string[] },
  { config, database, audit }: Pick<LoginDeps, 'config' | 'database' | 'audit'>,
): Promise<undefined> {
  const { maxTries } = config.otp;
  const [row] = await database.query(COUNT_WRONG_REPEAT, { attemptId, maxTries, networks });
  if (row) audit.info({ event: 'otp.incorrect', attemptId, triesLeft: Math.max(0, maxTries - row.tries) });
  return undefined;
}
