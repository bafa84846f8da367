import type { AttemptPurpose } from '../../db/prisma/client.js';
import type { Statement } from '../../db/database.js';
import { DomainError } from '../../domain-error.js';
import { RateLimited } from '../../guard/errors.js';
import { countPhoneFailure, phoneLimit } from '../../guard/phone-failures.js';
import { AttemptNotFound, hashSecret, isAttemptId } from '../attempts/attempt.js';
import { type FoundAttempt, FOUND_ATTEMPT, closedError } from '../attempts/closed-error.js';
import type { LoginDeps } from '../deps.js';
import { deriveCode, isCode } from './code.js';

export interface CodeSubmission {
  attemptId: string;
  secret: string;
  code: string;
}

/** The attempt that a guess was right for. */
export interface CheckedAttempt {
  attemptId: string;
  phone: string;
  /** Whether there is anything to forgive. */
  failedBefore: boolean;
}

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
    SELECT a.phone, a.key_id, ${FOUND_ATTEMPT}, EXISTS (SELECT 1 FROM phone_failures f WHERE f.phone = a.phone) AS failed_before
    FROM login_attempts a WHERE a.id = $1 AND a.secret_hash = $2 AND a.method = 'OTP' AND a.purpose = $3::attempt_purpose
      AND ($4::uuid IS NULL OR a.user_id = $4)`,
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

const PHONE_LIMIT: Statement = { name: 'phone_limit', text: phoneLimit('$1') };

interface OtpAttemptRow extends FoundAttempt {
  phone: string;
  key_id: string;
  failed_before: boolean;
}

/**
 * Judges a guess: a wrong one is counted against the attempt and the phone, a right one is handed to `accept`, which closes
 * the attempt, or resolves to nothing when it found it closed, or the phone guessed too often.
 *
 * @throws IncorrectCode, RateLimited (the phone was guessed wrong too often; this guess was not judged)
 * @throws AttemptNotFound, AttemptClosed
 */
export async function checkCode<Accepted>(
  guess: CodeSubmission,
  /** What the attempt must be for, and whose it must be where that is known before the proof. */
  wanted: { purpose: AttemptPurpose; userId?: string },
  accept: (attempt: CheckedAttempt) => Promise<Accepted | undefined>,
  deps: LoginDeps,
): Promise<Accepted> {
  const { config, keyring, database, audit } = deps;
  if (!isAttemptId(guess.attemptId)) throw new AttemptNotFound();
  const attemptId = guess.attemptId.toLowerCase();
  const key = [attemptId, hashSecret(guess.secret), wanted.purpose, wanted.userId ?? null];
  const [attempt] = await database.query<OtpAttemptRow>(READ_ATTEMPT, key);
  const closed = closedError(attempt);
  if (closed || !attempt) throw closed ?? new AttemptNotFound();

  const { phone, key_id: keyId, failed_before: failedBefore } = attempt;
  const code = deriveCode({ attemptId, phone }, config.otp.length, keyring.of(keyId).code);
  const accepted = isCode(guess.code, code)
    ? await accept({ attemptId, phone, failedBefore })
    : await countWrong(attemptId, deps);
  if (accepted !== undefined) return accepted;
  // Between reading and judging another guess, a cancel or the clock closed it; or the phone was guessed too often.
  const [now] = await database.query<OtpAttemptRow>(READ_ATTEMPT, key);
  const reason = closedError(now);
  if (reason) throw reason;
  const [limit] = await database.query<{ retry_after: number }>(PHONE_LIMIT, [phone]);
  audit.info({ event: 'otp.refused', attemptId, reason: 'phone_guessed_too_often' });
  throw new RateLimited(limit?.retry_after ?? 1);
}

async function countWrong(attemptId: string, { config, database, bus, audit }: LoginDeps): Promise<undefined> {
  const [row] = await database.query<{ tries: number; counted: boolean }>(COUNT_WRONG_CODE, [
    attemptId,
    config.otp.maxTries,
  ]);
  if (row && row.tries >= config.otp.maxTries) bus.publish(attemptId); // the last try closed it, counted or not
  if (!row?.counted) return undefined;
  const triesLeft = Math.max(0, config.otp.maxTries - row.tries);
  audit.info({ event: 'otp.incorrect', attemptId, triesLeft });
  throw new IncorrectCode(triesLeft);
}
