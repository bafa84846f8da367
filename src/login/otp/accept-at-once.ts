import { v7 as uuidv7 } from 'uuid';
import { notifiesOfNewDevices } from '../../config/sign-in-methods.js';
import { limitedNetworks } from '../../guard/networks/networks-of.js';
import { type DeviceTokens, deviceHashes } from '../../sessions/device-tokens.js';
import { type Session, draftSession } from '../../sessions/session.js';
import { hashSecret, isAttemptId } from '../attempts/attempt.js';
import type { LoginDeps } from '../create-login.js';
import { ACCEPT_AT_ONCE } from './accept-at-once-sql.js';
import type { CodeSubmission } from './check-code.js';
import { hashCode } from './code-hash.js';
import { couldBeCode, readCode } from './code.js';
import { finishSignIn } from './finish-sign-in.js';

type Deps = Pick<LoginDeps, 'config' | 'keyring' | 'database' | 'bus' | 'audit' | 'mint' | 'usedCodes'>;

/**
 * Exchanges a code for a session with one statement, if it is right and nothing else is to be decided (docs/decisions/0054).
 * Otherwise it changes nothing.
 *
 * @returns undefined when `checkCode` must decide
 * @throws AttemptClosed when the code is right, and the user is unknown or blocked
 */
export async function acceptAtOnce(
  { submission, device }: { submission: CodeSubmission; device: DeviceTokens },
  deps: Deps,
): Promise<Session | undefined> {
  const { config, keyring, database, mint } = deps;
  const code = readCode(submission.code);
  if (!isAttemptId(submission.attemptId) || !couldBeCode(code)) return undefined;
  const attemptId = submission.attemptId.toLowerCase();
  const networks = limitedNetworks(submission.ip, config);
  const [row] = await database.query(ACCEPT_AT_ONCE[config.signUp], {
    attemptId,
    secretHash: hashSecret(submission.secret),
    codeHashes: keyring.all.map(({ codeHash: key }) => hashCode({ attemptId, code }, key)),
    networks,
    newUserId: uuidv7(),
    role: config.roles[0],
    recycles: config.recycledPhones === 'new-account',
    ...draftSession(mint),
    ...deviceHashes(device),
    notificationId: uuidv7(),
    notifies: notifiesOfNewDevices(config),
  });
  if (!row) return undefined;
  const client = { phone: row.phone, network: networks[0] ?? null, deviceHash: row.device_hash };
  const attempt = { attemptId, client, failedBefore: row.failed_before, testPhone: false, ip: submission.ip };
  return finishSignIn({ attempt, device, row: { ...row, recycled_id: null } }, deps);
}
