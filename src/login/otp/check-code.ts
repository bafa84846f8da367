import type { AttemptPurpose } from '../../db/prisma/client.js';
import { attemptPurpose } from '../../db/enums.js';
import { statement } from '../../db/statement.js';
import { bool, bytea, int2, int4, nullable, present, text, uuid } from '../../db/types.js';
import { DomainError } from '../../domain-error.js';
import { RateLimited } from '../../guard/errors.js';
import { countPhoneFailure, phoneLimit } from '../../guard/phone-failures.js';
import { AttemptNotFound, hashSecret, isAttemptId } from '../attempts/attempt.js';
import { FOUND_ATTEMPT, FOUND_ATTEMPT_COLUMNS, closedError } from '../attempts/closed-error.js';
import type { LoginDeps } from '../create-login.js';
import { deriveCode, isCode } from './code.js';

export interface CodeSubmission {
  attemptId: string;
  secret: string;
  code: string;
}

/** The attempt whose right code was submitted. */
export interface CheckedAttempt {
  attemptId: string;
  phone: string;
  /** Whether wrong codes for the phone were counted, so that they must be reset. */
  failedBefore: boolean;
}

/** A wrong code. After `triesLeft` more wrong codes the attempt is closed. */
export class IncorrectCode extends DomainError {
  readonly triesLeft: number;

  constructor(triesLeft: number) {
    super('INCORRECT_CODE');
    this.triesLeft = triesLeft;
  }
}

const READ_ATTEMPT = statement({
  name: 'login/read_otp_attempt',
  sql: `
    SELECT a.phone, a.key_id, a.code_salt, ${FOUND_ATTEMPT}, EXISTS (SELECT 1 FROM phone_failures f WHERE f.phone = a.phone) AS failed_before
    FROM login_attempts a
    WHERE a.id = :attemptId AND a.secret_hash = :secretHash AND a.method = 'OTP' AND a.purpose = :purpose
      AND (:userId::uuid IS NULL OR a.user_id = :userId)`,
  parameters: { attemptId: uuid, secretHash: bytea, purpose: attemptPurpose, userId: nullable(uuid) },
  columns: {
    phone: present(text),
    key_id: text,
    code_salt: nullable(bytea),
    ...FOUND_ATTEMPT_COLUMNS,
    failed_before: bool,
  },
});

/**
 * Counts a wrong code for the attempt and for the phone, and closes the attempt at the last try. Concurrent requests
 * are counted one after another, because each locks the attempt. `counted` is false when the phone has no guesses left:
 * the answer is then RATE_LIMITED. The attempt loses a try in that case too, so that an attempt never allows more
 * guesses than its tries.
 */
const COUNT_WRONG_CODE = statement({
  name: 'login/count_wrong_code',
  sql: `
    WITH pending AS (
      SELECT id, phone FROM login_attempts
      WHERE id = :attemptId AND method = 'OTP' AND status = 'PENDING' AND expires_at > now() FOR UPDATE
    ),
    counted AS (${countPhoneFailure('pending')})
    UPDATE login_attempts a SET
      tries = a.tries + 1,
      status = CASE WHEN a.tries + 1 >= :maxTries THEN 'FAILED' ELSE a.status END,
      failure_reason = CASE WHEN a.tries + 1 >= :maxTries THEN 'TOO_MANY_TRIES'::failure_reason END,
      version = CASE WHEN a.tries + 1 >= :maxTries THEN a.version + 1 ELSE a.version END
    FROM pending LEFT JOIN counted ON true WHERE a.id = pending.id
    RETURNING a.tries, counted.phone IS NOT NULL AS counted`,
  parameters: { attemptId: uuid, maxTries: int4 },
  columns: { tries: int2, counted: bool },
});

const READ_PHONE_LIMIT = statement({
  name: 'login/read_phone_limit',
  sql: phoneLimit(':phone'),
  parameters: { phone: text },
  columns: { retry_after: int4 },
});

interface CheckCodeInput<Accepted> {
  submission: CodeSubmission;
  /** The purpose that the attempt must have. */
  purpose: AttemptPurpose;
  /** The user to whom the attempt must belong; left out when the user is known only after the proof. */
  userId?: string;
  /**
   * Closes the attempt when the code is right. Resolves to undefined when the attempt is closed or the phone has no
   * guesses left.
   */
  accept: (attempt: CheckedAttempt) => Promise<Accepted | undefined>;
}

export type CheckCodeDeps = Pick<LoginDeps, 'config' | 'keyring' | 'database' | 'bus' | 'audit'>;

/**
 * Checks a submitted code: counts a wrong one, passes a right one to `accept`.
 *
 * @returns the result of `accept`.
 * @throws IncorrectCode
 * @throws RateLimited when the phone has no guesses left; then this code was not checked
 * @throws AttemptNotFound, AttemptClosed
 */
export async function checkCode<Accepted>(
  { submission, purpose, userId, accept }: CheckCodeInput<Accepted>,
  deps: CheckCodeDeps,
): Promise<Accepted> {
  const { config, keyring, database, audit } = deps;
  if (!isAttemptId(submission.attemptId)) throw new AttemptNotFound();
  const attemptId = submission.attemptId.toLowerCase();
  const key = { attemptId, secretHash: hashSecret(submission.secret), purpose, userId };
  const [attempt] = await database.query(READ_ATTEMPT, key);
  const closed = closedError(attempt);
  if (closed || !attempt) throw closed ?? new AttemptNotFound();

  const { phone, key_id: keyId, code_salt: salt, failed_before: failedBefore } = attempt;
  const code = deriveCode({ attemptId, phone, salt }, config.otp.length, keyring.of(keyId).code);
  const accepted = isCode(submission.code, code)
    ? await accept({ attemptId, phone, failedBefore })
    : await countWrongCode({ attemptId }, deps);
  if (accepted !== undefined) return accepted;
  // The attempt was closed after it was read (by another code, a cancel or its expiry), or the phone has no guesses
  // left.
  const [now] = await database.query(READ_ATTEMPT, key);
  const reason = closedError(now);
  if (reason) throw reason;
  const [limit] = await database.query(READ_PHONE_LIMIT, { phone });
  audit.info({ event: 'otp.refused', attemptId, reason: 'phone_guessed_too_often' });
  throw new RateLimited(limit?.retry_after ?? 1);
}

/** @throws IncorrectCode unless the attempt was closed or the phone has no guesses left. */
async function countWrongCode(
  { attemptId }: { attemptId: string },
  { config, database, bus, audit }: CheckCodeDeps,
): Promise<undefined> {
  const { maxTries } = config.otp;
  const [row] = await database.query(COUNT_WRONG_CODE, { attemptId, maxTries });
  if (row && row.tries >= maxTries) bus.publish(attemptId);
  if (!row?.counted) return undefined;
  const triesLeft = Math.max(0, maxTries - row.tries);
  audit.info({ event: 'otp.incorrect', attemptId, triesLeft });
  throw new IncorrectCode(triesLeft);
}
