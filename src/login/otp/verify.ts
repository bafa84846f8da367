import { v7 as uuidv7 } from 'uuid';
import { resetOwnFailures } from '../../guard/guesses/reset-own-failures.js';
import { limitedNetworks } from '../../guard/networks/networks-of.js';
import { type Session, draftSession } from '../../sessions/session.js';
import { type DeviceTokens, deviceHashes, deviceTokens } from '../../sessions/device-tokens.js';
import { hasWhatsAppConfirmation, notifiesOfNewDevices } from '../../config/sign-in-methods.js';
import type { LoginDeps } from '../create-login.js';
import { createConfirmationSalts } from '../whatsapp/confirmation-number.js';
import { type CheckCodeDeps, type CheckedAttempt, type CodeSubmission, checkCode } from './check-code.js';
import { countWrongCode } from './count-wrong-code.js';
import { readOpenedSession } from './repeat-code.js';
import { confirmationRequired, startSecondStep } from './require-confirmation.js';
import { acceptAtOnce } from './accept-at-once.js';
import { ACCEPT_CODE } from './accept-code-sql.js';
import { finishSignIn, reportAccepted } from './finish-sign-in.js';

type VerifyDeps = CheckCodeDeps &
  Pick<LoginDeps, 'mint' | 'whatsAppAccount' | 'outbox' | 'guardEvents' | 'log' | 'usedCodes'>;

interface SignInSubmission extends CodeSubmission {
  /** From an earlier sign-in of the same client. */
  deviceToken?: string | null | undefined;
}

/**
 * Exchanges the right code for a session. The right code that is sent again within 60 s returns the same session, with
 * the refresh token that is current then.
 *
 * @throws IncorrectCode
 * @throws ConfirmationRequired when the code is right, but the user's role needs more than a code
 * @throws RateLimited when the client's network has entered too many wrong codes; then this code was not checked
 * @throws CaptchaRequired while the service is sprayed, or RateLimited with CAPTCHA=off; then this code was not checked
 * either
 * @throws AttemptNotFound, AttemptClosed
 */
export async function verifyOtp(submission: SignInSubmission, deps: VerifyDeps): Promise<Session> {
  const device = deviceTokens({ shown: submission.deviceToken, secret: submission.secret });
  return (
    (await acceptAtOnce({ submission, device }, deps)) ??
    checkCode(
      {
        submission,
        purpose: 'SIGN_IN',
        accept: (attempt) => accept({ attempt, submission, device }, deps),
        repeat: (attempt) => readOpenedSession({ ...attempt, device }, deps),
      },
      deps,
    )
  );
}

async function accept(
  { attempt, submission, device }: { attempt: CheckedAttempt; submission: SignInSubmission; device: DeviceTokens },
  deps: VerifyDeps,
): Promise<Session | undefined> {
  const { config, database, mint } = deps;
  const { attemptId, client, failedBefore, testPhone } = attempt;
  const questionId = uuidv7();
  const asks = hasWhatsAppConfirmation(config);
  const [row] = await database.query(ACCEPT_CODE[config.signUp], {
    attemptId,
    testPhone,
    newUserId: uuidv7(),
    role: config.roles[0],
    recycles: config.recycledPhones === 'new-account',
    ...draftSession(mint),
    ...deviceHashes(device),
    notificationId: uuidv7(),
    notifies: notifiesOfNewDevices(config) && !testPhone,
    questionId,
    asks,
    ...createConfirmationSalts({ attemptId, phone: client.phone }, deps.keyring),
  });
  // To a client that knows the fixed code, the phone of a user with another role looks as if the code was wrong.
  if (!row) {
    const networks = limitedNetworks(submission.ip, config);
    return testPhone ? countWrongCode({ attemptId, networks }, deps) : undefined;
  }
  const accepted = { ...attempt, ip: submission.ip };
  if (row.status !== 'CONFIRMING') return finishSignIn({ attempt: accepted, device, row }, deps);
  reportAccepted(accepted, deps);
  if (failedBefore) await resetOwnFailures(client, { database });
  const { user_id: userId, user_role: role, needs_approval: needsApproval, user_agent: userAgent, locale } = row;
  const question = {
    id: questionId,
    phone: client.phone,
    locale,
    userAgent,
    location: row.location ?? row.client_ip,
  };
  startSecondStep({ attemptId, userId, role, needsApproval, asks, question }, deps);
  throw await confirmationRequired(submission, deps);
}
