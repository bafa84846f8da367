import { v7 as uuidv7 } from 'uuid';
import type { Statement } from '../../db/database.js';
import { DomainError } from '../../domain-error.js';
import { RateLimited } from '../../guard/errors.js';
import { countPhoneFailure, lockPhoneFailures, phoneLimit } from '../../guard/phone-failures.js';
import { forgivePhone } from '../../guard/forgive.js';
import { forgivenSends } from '../../guard/send-budgets.js';
import { type Session, draftSession, insertSession, mintSession } from '../../sessions/session.js';
import { type SignUp, USER_COLUMNS, type UserRow, findOrCreateUser, toUser } from '../../users/user.js';
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
const READ_ATTEMPT: Statement = {
  name: 'read_otp_attempt',
  text: `
    SELECT a.phone, ${FOUND_ATTEMPT}, EXISTS (SELECT 1 FROM phone_failures f WHERE f.phone = a.phone) AS failed_before
    FROM login_attempts a WHERE a.id = $1 AND a.secret_hash = $2 AND a.method = 'OTP'`,
};

/**
 * Judges a wrong code: counts it against the attempt and against the phone, and closes the attempt at the last try. The
 * locked attempt makes its guesses stand in line. `counted` is false when the phone's guesses are used up: then nothing
 * was judged, but the attempt's own five are spent all the same.
 */
const COUNT_WRONG_CODE: Statement = {
  name: 'count_wrong_code',
  text: `
    WITH open AS (
      SELECT id, phone FROM login_attempts
      WHERE id = $1 AND method = 'OTP' AND status = 'PENDING' AND expires_at > now() FOR UPDATE
    ),
    counted AS (${countPhoneFailure('open')})
    UPDATE login_attempts a SET
      tries = a.tries + 1,
      status = CASE WHEN a.tries + 1 >= $2 THEN 'FAILED' ELSE a.status END,
      failure_reason = CASE WHEN a.tries + 1 >= $2 THEN 'TOO_MANY_TRIES'::failure_reason END,
      version = CASE WHEN a.tries + 1 >= $2 THEN a.version + 1 ELSE a.version END
    FROM open LEFT JOIN counted ON true WHERE a.id = open.id
    RETURNING a.tries, counted.phone IS NOT NULL AS counted`,
};

/**
 * Judges the right code: in one transaction the attempt is closed, the person found or made, and the session opened.
 * Of fifty parallel right codes the first takes the lock; the others find nothing open.
 */
const acceptCode = (name: string, signUp: SignUp): Statement => ({
  name,
  text: `
    WITH open AS (
      SELECT id, phone, locale, client_ip, client_network AS address, user_agent FROM login_attempts
      WHERE id = $1 AND method = 'OTP' AND status = 'PENDING' AND expires_at > now() FOR UPDATE
    ),
    failures AS (${lockPhoneFailures('open')}),
    proof AS (SELECT * FROM open WHERE NOT EXISTS (SELECT 1 FROM failures WHERE exhausted)),
    ${forgivenSends('proof')},
    person AS (${findOrCreateUser('proof', '$2', signUp)}),
    session AS (${insertSession(
      `(SELECT person.id AS user_id, client_ip, user_agent FROM person, proof WHERE NOT person.blocked) AS welcome`,
      { id: '$3', hash: '$4', keyId: '$5' },
    )}),
    closed AS (
      UPDATE login_attempts a SET
        status = CASE WHEN session.id IS NULL THEN 'FAILED' ELSE 'CLAIMED' END::login_attempt_status,
        failure_reason = CASE WHEN person.id IS NULL THEN 'USER_NOT_FOUND' WHEN person.blocked THEN 'USER_BLOCKED' END::failure_reason,
        user_id = person.id, session_id = session.id, version = a.version + 1, completed_at = now(), claimed_at = now()
      FROM proof LEFT JOIN person ON true LEFT JOIN session ON true
      WHERE a.id = proof.id
      RETURNING a.status, a.failure_reason, session.id AS session_id, session.refresh_counter, session.refresh_expires_at,
                ${USER_COLUMNS('person')}
    )
    SELECT * FROM closed`,
});

const ACCEPT_CODE: Record<SignUp, Statement> = {
  open: acceptCode('accept_code', 'open'),
  closed: acceptCode('accept_code_of_user', 'closed'),
};

const PHONE_LIMIT: Statement = { name: 'phone_limit', text: phoneLimit('$1') };

interface OtpAttemptRow extends FoundAttempt {
  phone: string;
  /** Whether there is anything to forgive. */
  failed_before: boolean;
}

interface AcceptedRow extends UserRow {
  status: LoginAttemptStatus;
  failure_reason: FailureReason | null;
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
  const { config, keys, database, log } = rooms;
  if (!isAttemptId(input.attemptId)) throw new AttemptNotFound();
  const attemptId = input.attemptId.toLowerCase();
  const secretHash = hashSecret(input.secret);
  const [attempt] = await database.query<OtpAttemptRow>(READ_ATTEMPT, [attemptId, secretHash]);
  const closed = closedError(attempt);
  if (closed || !attempt) throw closed ?? new AttemptNotFound();

  const code = deriveCode({ attemptId, phone: attempt.phone }, config.otp.length, keys.code);
  const session = isCode(input.code, code)
    ? await accept(attemptId, attempt, rooms)
    : await countWrong(attemptId, rooms);
  if (session) return session;
  // Between reading and judging another guess, a cancel or the clock closed it; or the phone was guessed too often.
  const [now] = await database.query<OtpAttemptRow>(READ_ATTEMPT, [attemptId, secretHash]);
  const reason = closedError(now);
  if (reason) throw reason;
  const [limit] = await database.query<{ retry_after: number }>(PHONE_LIMIT, [attempt.phone]);
  log.info({ event: 'otp.refused', attemptId, reason: 'phone_guessed_too_often' });
  throw new RateLimited(limit?.retry_after ?? 1);
}

async function countWrong(attemptId: string, { config, database, bus, log }: LoginRooms): Promise<undefined> {
  const [row] = await database.query<{ tries: number; counted: boolean }>(COUNT_WRONG_CODE, [
    attemptId,
    config.otp.maxTries,
  ]);
  if (row && row.tries >= config.otp.maxTries) bus.announce(attemptId); // the last try closed it, counted or not
  if (!row?.counted) return undefined;
  const triesLeft = Math.max(0, config.otp.maxTries - row.tries);
  log.info({ event: 'otp.incorrect', attemptId, triesLeft });
  throw new IncorrectCode(triesLeft);
}

async function accept(
  attemptId: string,
  attempt: OtpAttemptRow,
  { config, keys, database, bus, mint, log }: LoginRooms,
): Promise<Session | undefined> {
  const draft = draftSession(keys);
  const [row] = await database.query<AcceptedRow>(ACCEPT_CODE[config.signUp], [
    attemptId,
    uuidv7(),
    draft.id,
    draft.refreshTokenHash,
    draft.keyId,
  ]);
  if (!row) return undefined;
  bus.announce(attemptId);
  if (!row.session_id) {
    log.info({ event: 'login.failed', attemptId, reason: row.failure_reason });
    throw new AttemptClosed(row.status, row.failure_reason);
  }
  if (attempt.failed_before) await forgivePhone(attempt.phone, database);
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
