import { fixedCodeOf } from '../../config/test-phones.js';
import type { AttemptPurpose } from '../../db/prisma/client.js';
import { attemptPurpose } from '../../db/enums.js';
import { type RowOf, statement } from '../../db/statement.js';
import { bool, bytea, int2, int4, nullable, present, text, uuid } from '../../db/types.js';
import { limitedNetworks, networkOf } from '../../guard/networks/networks-of.js';
import { GUESS_PARAMETERS, NETWORK } from '../../guard/guesses/count-wrong-guess.js';
import { RateLimited } from '../../guard/errors.js';
import { SPRAYED_RETRY_SECONDS } from '../../guard/guesses/guess-client.js';
import { networkWaits } from '../../guard/guesses/network-guesses.js';
import { type GuessingClient, hasOwnFailures } from '../../guard/guesses/reset-own-failures.js';
import { IS_SPRAYED } from '../../guard/guesses/spray.js';
import { countryOf } from '../../phone/phone-country.js';
import { AttemptClosed, AttemptNotFound, hashSecret, isAttemptId } from '../attempts/attempt.js';
import { FOUND_ATTEMPT, FOUND_ATTEMPT_COLUMNS, closedError } from '../attempts/closed-error.js';
import { justClaimed } from '../attempts/just-claimed.js';
import type { LoginDeps } from '../create-login.js';
import { codeOf, isCode } from './code.js';
import { countWrongCode } from './count-wrong-code.js';
import { countWrongRepeat } from './repeat-code.js';
import { confirmationRequired } from './require-confirmation.js';

export interface CodeSubmission {
  attemptId: string;
  secret: string;
  code: string;
  /** IP of the client. */
  ip: string;
  /** The solution of a captcha, if the client has solved one. */
  captcha?: string | null | undefined;
}

/** The attempt whose right code was submitted. */
export interface CheckedAttempt {
  attemptId: string;
  client: GuessingClient;
  /** Whether wrong codes of this client were counted, so that they must be reset. */
  failedBefore: boolean;
  /** Whether the right code is the fixed one of a test phone. */
  testPhone: boolean;
}

/**
 * Reads the attempt, and whether the guard asks a captcha before it checks the code: for a stranger, when the client's network has
 * entered too many wrong codes, or the service is sprayed and no signed-in user changes their phone. After several times as many wrong codes,
 * it refuses. Wrong codes for the phone never refuse the code of an open
 * attempt, so nobody can lock its user out.
 */
const READ_ATTEMPT = statement({
  name: 'login/read_otp_attempt',
  short: true,
  sql: `
    SELECT a.phone, a.key_id, a.code_salt, ${FOUND_ATTEMPT}, ${justClaimed('a')} AS just_claimed,
           a.code_length, a.device_hash,
           ${hasOwnFailures({ phone: 'a.phone', network: NETWORK, deviceHash: 'a.device_hash' })} AS failed_before,
           waits.suspected_for, waits.refused_for,
           a.purpose = 'SIGN_IN' AND a.device_hash IS NULL AND ${NETWORK} IS NOT NULL AND ${IS_SPRAYED} AS sprayed
    FROM login_attempts a LEFT JOIN LATERAL (${networkWaits(':networks::text[]')}) AS waits ON a.device_hash IS NULL
    WHERE a.id = :attemptId AND a.secret_hash = :secretHash AND a.method = 'OTP' AND a.purpose = :purpose
      AND (:userId::uuid IS NULL OR a.user_id = :userId)`,
  parameters: {
    attemptId: uuid,
    secretHash: bytea,
    purpose: attemptPurpose,
    userId: nullable(uuid),
    ...GUESS_PARAMETERS,
  },
  columns: {
    phone: present(text),
    key_id: text,
    code_salt: nullable(bytea),
    ...FOUND_ATTEMPT_COLUMNS,
    just_claimed: nullable(bool),
    code_length: nullable(int2),
    device_hash: nullable(bytea),
    failed_before: bool,
    suspected_for: nullable(int4),
    refused_for: nullable(int4),
    sprayed: bool,
  },
});

interface CheckCodeInput<Accepted> {
  submission: CodeSubmission;
  /** The purpose that the attempt must have. */
  purpose: AttemptPurpose;
  /** The user to whom the attempt must belong; left out when the user is known only after the proof. */
  userId?: string;
  /** Closes the attempt when the code is right. Resolves to undefined when the attempt is closed. */
  accept: (attempt: CheckedAttempt) => Promise<Accepted | undefined>;
  /**
   * The result of an earlier `accept`, when the right code comes again within a minute because the answer was lost.
   * Resolves to undefined when that result is not valid any more.
   */
  repeat: (attempt: { attemptId: string; phone: string }) => Promise<Accepted | undefined>;
}

export type CheckCodeDeps = Pick<
  LoginDeps,
  'config' | 'keyring' | 'database' | 'bus' | 'audit' | 'attempts' | 'captcha' | 'guardAlarms'
>;

/**
 * Checks a submitted code: counts a wrong one, passes a right one to `accept`. A right code that was accepted before is
 * passed to `repeat`.
 *
 * @returns the result of `accept` or `repeat`.
 * @throws IncorrectCode
 * @throws CaptchaRequired when the client's network has entered too many wrong codes, and while the service is sprayed; or RateLimited
 * where no captcha can be asked for, or the network has entered several times as many. Then this code was not checked
 * @throws ConfirmationRequired when the right code was submitted before, and the attempt waits for its second step
 * @throws AttemptNotFound, AttemptClosed
 */
export async function checkCode<Accepted>(
  { submission, purpose, userId, accept, repeat }: CheckCodeInput<Accepted>,
  deps: CheckCodeDeps,
): Promise<Accepted> {
  const { config, database } = deps;
  if (!isAttemptId(submission.attemptId)) throw new AttemptNotFound();
  const attemptId = submission.attemptId.toLowerCase();
  const networks = limitedNetworks(submission.ip, config);
  const key = { attemptId, secretHash: hashSecret(submission.secret), purpose, userId, networks };
  const [attempt] = await database.query(READ_ATTEMPT, key);
  if (!attempt) throw new AttemptNotFound();
  const { phone, failed_before: failedBefore } = attempt;
  const fixedCode = purpose === 'SIGN_IN' ? fixedCodeOf(phone, config) : undefined;
  const isRight = isCode(submission.code, fixedCode ?? codeOf({ ...attempt, attemptId }, deps));

  let found: typeof attempt | undefined = attempt;
  if (found.status === 'PENDING' && !closedError(found)) {
    await refuseGuess({ attempt, attemptId, submission }, deps);
    const client = { phone, network: networks[0] ?? null, deviceHash: attempt.device_hash };
    const accepted = isRight
      ? await accept({ attemptId, client, failedBefore, testPhone: fixedCode !== undefined })
      : await countWrongCode({ attemptId, networks }, deps);
    if (accepted !== undefined) return accepted;
    // The attempt was closed after it was read: by another code, a cancel or its expiry.
    [found] = await database.query(READ_ATTEMPT, key);
  }
  if (found?.just_claimed && found.status === 'CLAIMED') {
    const before = isRight ? await repeat({ attemptId, phone }) : await countWrongRepeat({ attemptId, networks }, deps);
    if (before !== undefined) return before;
  }
  const closed = closedError(found);
  if (closed || !found) throw closed ?? new AttemptNotFound();
  // The right code was submitted before. The secret shows that this is the same client.
  if (found.status === 'CONFIRMING') throw await confirmationRequired(submission, deps);
  throw new AttemptClosed(found.status, null);
}

interface Guess {
  attempt: RowOf<typeof READ_ATTEMPT>;
  attemptId: string;
  submission: CodeSubmission;
}

/** @throws RateLimited, CaptchaRequired when the guard refuses to check the code */
async function refuseGuess(
  { attempt, attemptId, submission }: Guess,
  { audit, captcha, guardAlarms }: Pick<CheckCodeDeps, 'audit' | 'captcha' | 'guardAlarms'>,
): Promise<void> {
  const { refused_for: refusedFor, suspected_for: suspectedFor, sprayed, phone } = attempt;
  if (sprayed) guardAlarms.raise('spray');
  if (suspectedFor === null && !sprayed) return;
  const about = { phone, country: countryOf(phone), attemptId };
  const reason = suspectedFor === null ? 'spray' : 'network_guessed_too_often';
  const rule = suspectedFor === null ? 'spray' : 'network_guesses';
  if (refusedFor !== null) {
    audit.info({ event: 'otp.refused', attemptId, reason });
    throw new RateLimited(refusedFor, rule, about);
  }
  const judged = await captcha.judge({ token: submission.captcha, phone, network: networkOf(submission.ip) });
  if (judged.solved) return;
  audit.info({ event: 'otp.refused', attemptId, reason });
  await judged.demand(rule);
  throw new RateLimited(suspectedFor ?? SPRAYED_RETRY_SECONDS, rule, about);
}
