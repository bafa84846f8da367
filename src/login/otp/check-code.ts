import type { AttemptPurpose } from '../../db/prisma/client.js';
import { attemptPurpose } from '../../db/enums.js';
import { statement } from '../../db/statement.js';
import { bool, bytea, int4, nullable, present, text, uuid } from '../../db/types.js';
import { RateLimited } from '../../guard/errors.js';
import { phoneLimit } from '../../guard/phone-failures.js';
import { AttemptClosed, AttemptNotFound, hashSecret, isAttemptId } from '../attempts/attempt.js';
import { FOUND_ATTEMPT, FOUND_ATTEMPT_COLUMNS, closedError } from '../attempts/closed-error.js';
import { justClaimed } from '../attempts/just-claimed.js';
import type { LoginDeps } from '../create-login.js';
import { deriveCode, isCode } from './code.js';
import { countWrongCode } from './count-wrong-code.js';
import { countWrongRepeat } from './repeat-code.js';
import { confirmationRequired } from './require-confirmation.js';

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

const READ_ATTEMPT = statement({
  name: 'login/read_otp_attempt',
  sql: `
    SELECT a.phone, a.key_id, a.code_salt, ${FOUND_ATTEMPT}, ${justClaimed('a')} AS just_claimed,
           EXISTS (SELECT 1 FROM phone_failures f WHERE f.phone = a.phone) AS failed_before
    FROM login_attempts a
    WHERE a.id = :attemptId AND a.secret_hash = :secretHash AND a.method = 'OTP' AND a.purpose = :purpose
      AND (:userId::uuid IS NULL OR a.user_id = :userId)`,
  parameters: { attemptId: uuid, secretHash: bytea, purpose: attemptPurpose, userId: nullable(uuid) },
  columns: {
    phone: present(text),
    key_id: text,
    code_salt: nullable(bytea),
    ...FOUND_ATTEMPT_COLUMNS,
    just_claimed: nullable(bool),
    failed_before: bool,
  },
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
  /**
   * The result of an earlier `accept`, when the right code comes again within a minute because the answer was lost.
   * Resolves to undefined when that result is not valid any more.
   */
  repeat: (attempt: { attemptId: string; phone: string }) => Promise<Accepted | undefined>;
}

export type CheckCodeDeps = Pick<LoginDeps, 'config' | 'keyring' | 'database' | 'bus' | 'audit' | 'attempts'>;

/**
 * Checks a submitted code: counts a wrong one, passes a right one to `accept`. A right code that was accepted before is
 * passed to `repeat`.
 *
 * @returns the result of `accept` or `repeat`.
 * @throws IncorrectCode
 * @throws RateLimited when the phone has no guesses left; then this code was not checked
 * @throws ConfirmationRequired when the right code was submitted before, and the attempt waits for its second step
 * @throws AttemptNotFound, AttemptClosed
 */
export async function checkCode<Accepted>(
  { submission, purpose, userId, accept, repeat }: CheckCodeInput<Accepted>,
  deps: CheckCodeDeps,
): Promise<Accepted> {
  const { config, keyring, database, audit } = deps;
  if (!isAttemptId(submission.attemptId)) throw new AttemptNotFound();
  const attemptId = submission.attemptId.toLowerCase();
  const key = { attemptId, secretHash: hashSecret(submission.secret), purpose, userId };
  const [attempt] = await database.query(READ_ATTEMPT, key);
  if (!attempt) throw new AttemptNotFound();
  const { phone, key_id: keyId, code_salt: salt, failed_before: failedBefore } = attempt;
  const code = deriveCode({ attemptId, phone, salt }, config.otp.length, keyring.of(keyId).code);
  const isRight = isCode(submission.code, code);

  let found: typeof attempt | undefined = attempt;
  if (found.status === 'PENDING' && !closedError(found)) {
    const accepted = isRight
      ? await accept({ attemptId, phone, failedBefore })
      : await countWrongCode({ attemptId }, deps);
    if (accepted !== undefined) return accepted;
    // The attempt was closed after it was read (by another code, a cancel or its expiry), or the phone has no guesses
    // left.
    [found] = await database.query(READ_ATTEMPT, key);
  }
  if (found?.just_claimed && found.status === 'CLAIMED') {
    const before = isRight ? await repeat({ attemptId, phone }) : await countWrongRepeat({ attemptId }, deps);
    if (before !== undefined) return before;
  }
  const closed = closedError(found);
  if (closed || !found) throw closed ?? new AttemptNotFound();
  // The right code was submitted before. The secret shows that this is the same client.
  if (found.status === 'CONFIRMING') throw await confirmationRequired(submission, deps);
  if (found.status !== 'PENDING') throw new AttemptClosed(found.status, null);
  const [limit] = await database.query(READ_PHONE_LIMIT, { phone });
  audit.info({ event: 'otp.refused', attemptId, reason: 'phone_guessed_too_often' });
  throw new RateLimited(limit?.retry_after ?? 1);
}
