import { v7 as uuidv7 } from 'uuid';
import { DomainError } from '../../domain-error.js';
import { RateLimited } from '../../guard/errors.js';
import { countPhoneFailure, forgivePhoneFailures, lockedPhoneLimit, phoneLimit } from '../../guard/phone-failures.js';
import { type Session, draftSession, insertSession, mintSession } from '../../sessions/session.js';
import { USER_COLUMNS, type UserRow, findOrCreateUser, toUser } from '../../users/user.js';
import {
  AttemptClosed,
  AttemptNotFound,
  type FailureReason,
  type LoginAttemptStatus,
  hashSecret,
  isAttemptId,
} from '../attempt.js';
import { type FoundAttempt, FOUND_ATTEMPT, closedError } from '../attempts/closed.js';
import type { LoginRooms } from '../login.js';
import { deriveCode, isCode } from './code.js';

/** Not the code. `triesLeft` more guesses before the attempt is closed. */
export class IncorrectCode extends DomainError {
  readonly triesLeft: number;

  constructor(triesLeft: number) {
    super('INCORRECT_CODE');
    this.triesLeft = triesLeft;
  }
}

/** What a guess is judged by. The phone is part of the code, and only the row knows it. */
const READ_ATTEMPT = {
  name: 'read_otp_attempt',
  text: `SELECT a.phone, ${FOUND_ATTEMPT} FROM login_attempts a WHERE a.id = $1 AND a.secret_hash = $2 AND a.method = 'OTP'`,
};

/** SQL: locks the attempt if it may still be guessed. Every judging statement begins here, so guesses stand in line. */
const OPEN = `
  SELECT id, phone, locale, client_ip, user_agent FROM login_attempts
  WHERE id = $1 AND method = 'OTP' AND status = 'PENDING' AND expires_at > now() FOR UPDATE`;

/** Judges a wrong code: counts it against the attempt and against the phone, and closes the attempt at the last try. */
const COUNT_WRONG_CODE = {
  name: 'count_wrong_code',
  text: `
    WITH open AS (${OPEN}),
    counted AS (${countPhoneFailure('open')}),
    judged AS (
      UPDATE login_attempts a SET
        tries = a.tries + 1,
        status = CASE WHEN a.tries + 1 >= $2 THEN 'FAILED' ELSE a.status END,
        failure_reason = CASE WHEN a.tries + 1 >= $2 THEN 'TOO_MANY_TRIES'::failure_reason END,
        version = CASE WHEN a.tries + 1 >= $2 THEN a.version + 1 ELSE a.version END
      FROM open, counted WHERE a.id = open.id
      RETURNING a.tries
    )
    SELECT judged.tries, limited.retry_after
    FROM open LEFT JOIN judged ON true LEFT JOIN LATERAL (${phoneLimit('open.phone')}) limited ON true`,
};

/**
 * Judges the right code: in one transaction the attempt is closed, the person found or made, the session opened and the
 * phone's failures forgiven. Of fifty parallel right codes the first takes the lock; the others find nothing open.
 */
const ACCEPT_CODE = {
  name: 'accept_code',
  text: `
    WITH open AS (${OPEN}),
    limited AS (${lockedPhoneLimit('open')}),
    proof AS (SELECT * FROM open WHERE NOT EXISTS (SELECT 1 FROM limited)),
    person AS (${findOrCreateUser('proof', { newId: '$2', signUpOpen: '$3' })}),
    welcome AS (SELECT person.id AS user_id, client_ip, user_agent FROM person, proof WHERE NOT person.blocked),
    session AS (${insertSession('welcome', { id: '$4', hash: '$5', keyId: '$6' })}),
    forgiven AS (${forgivePhoneFailures('proof')}),
    closed AS (
      UPDATE login_attempts a SET
        status = CASE WHEN session.id IS NULL THEN 'FAILED' ELSE 'CLAIMED' END::login_attempt_status,
        failure_reason = CASE WHEN person.id IS NULL THEN 'USER_NOT_FOUND' WHEN person.blocked THEN 'USER_BLOCKED' END::failure_reason,
        user_id = person.id, session_id = session.id, version = a.version + 1, completed_at = now(), claimed_at = now()
      FROM proof LEFT JOIN person ON true LEFT JOIN session ON true
      WHERE a.id = proof.id
      RETURNING a.status, a.failure_reason
    )
    SELECT closed.status, closed.failure_reason, limited.retry_after,
           session.id AS session_id, session.refresh_counter, session.refresh_expires_at, ${USER_COLUMNS('person')}
    FROM open LEFT JOIN limited ON true LEFT JOIN closed ON true LEFT JOIN session ON true LEFT JOIN person ON true`,
};

interface WrongRow {
  tries: number | null;
  retry_after: number | null;
}

interface AcceptedRow extends UserRow {
  status: LoginAttemptStatus | null;
  failure_reason: FailureReason | null;
  retry_after: number | null;
  session_id: string | null;
  refresh_counter: number;
  refresh_expires_at: Date;
}

/**
 * Exchanges the right code for a session.
 *
 * @throws IncorrectCode, RateLimited (the phone was guessed wrong too often; this guess was not judged)
 * @throws AttemptNotFound, AttemptClosed
 */
export async function verifyOtp(
  input: { attemptId: string; secret: string; code: string },
  rooms: LoginRooms,
): Promise<Session> {
  const { config, keys, database } = rooms;
  if (!isAttemptId(input.attemptId)) throw new AttemptNotFound();
  const attemptId = input.attemptId.toLowerCase();
  const secretHash = hashSecret(input.secret);
  const [attempt] = await database.query<FoundAttempt & { phone: string }>(READ_ATTEMPT, [attemptId, secretHash]);
  const closed = closedError(attempt);
  if (closed || !attempt) throw closed ?? new AttemptNotFound();

  const code = deriveCode({ attemptId, phone: attempt.phone }, config.otp.length, keys.code);
  const session = isCode(input.code, code) ? await accept(attemptId, rooms) : await countWrong(attemptId, rooms);
  if (session) return session;
  // Between reading and judging another guess, a cancel or the clock closed it.
  const [now] = await database.query<FoundAttempt>(READ_ATTEMPT, [attemptId, secretHash]);
  throw closedError(now) ?? new AttemptNotFound();
}

async function countWrong(attemptId: string, { config, database, bus, log }: LoginRooms): Promise<undefined> {
  const [row] = await database.query<WrongRow>(COUNT_WRONG_CODE, [attemptId, config.otp.maxTries]);
  if (!row) return undefined;
  if (row.tries === null) {
    log.info({ event: 'otp.refused', attemptId, reason: 'phone_guessed_too_often' });
    throw new RateLimited(row.retry_after ?? 1);
  }
  const triesLeft = Math.max(0, config.otp.maxTries - row.tries);
  log.info({ event: 'otp.incorrect', attemptId, triesLeft });
  if (triesLeft === 0) bus.announce(attemptId);
  throw new IncorrectCode(triesLeft);
}

async function accept(
  attemptId: string,
  { config, keys, database, bus, mint, log }: LoginRooms,
): Promise<Session | undefined> {
  const draft = draftSession(keys);
  const [row] = await database.query<AcceptedRow>(ACCEPT_CODE, [
    attemptId,
    uuidv7(),
    config.signUp === 'open',
    draft.id,
    draft.refreshTokenHash,
    draft.keyId,
  ]);
  if (!row) return undefined;
  if (!row.status) throw new RateLimited(row.retry_after ?? 1);
  bus.announce(attemptId);
  if (!row.session_id) {
    log.info({ event: 'login.failed', attemptId, reason: row.failure_reason });
    throw new AttemptClosed(row.status, row.failure_reason);
  }
  log.info({ event: 'otp.verified', attemptId, userId: row.user_id, sessionId: row.session_id });
  return mintSession(
    {
      sessionId: row.session_id,
      refreshCounter: row.refresh_counter,
      refreshExpiresAt: row.refresh_expires_at,
      user: toUser(row),
    },
    mint,
  );
}
