import { v7 as uuidv7 } from 'uuid';
import { auditedBy } from '../../events/audited-by.js';
import type { ChannelName } from '../../config/config.js';
import type { Statement } from '../../db/database.js';
import { DomainError } from '../../domain-error.js';
import { lockPhoneFailures } from '../../guard/phone-failures.js';
import { resetSends } from '../../guard/send-budgets.js';
import { localeOfCountry } from '../../locales/locale.js';
import { REVOCATIONS } from '../../sessions/revocations.js';
import { revokeSessionsOf, revokedBecause } from '../../sessions/revoke.js';
import type { Viewer } from '../../sessions/viewer.js';
import { maskPhone } from '../../phone/mask-phone.js';
import { countryOf } from '../../phone/phone-country.js';
import { type User, userColumns, type UserRow, toUser } from '../../users/user.js';
import type { Client } from '../attempts/attempt.js';
import type { LoginDeps } from '../deps.js';
import { type CodeSubmission, type CheckedAttempt, checkCode } from './check-code.js';
import { type OtpRequested, requestOtp } from './request.js';

/** How long a sign-in is fresh: whoever finds a browser open must not take the account along (R28). */
const FRESH_MINUTES = 10;

/**
 * Sends a code to the phone that a person wants to have from now on. Whether it is somebody else's is told only to who has
 * the code.
 *
 * @throws DomainError FRESH_SIGN_IN_REQUIRED, and whatever requestOtp throws
 */
export async function requestPhoneChange(
  input: { viewer: Viewer; phone: string; channel: ChannelName | undefined; client: Client },
  deps: LoginDeps,
): Promise<OtpRequested> {
  const { viewer, ...request } = input;
  if (Date.now() - viewer.signedInAt.getTime() > FRESH_MINUTES * 60_000)
    throw new DomainError('FRESH_SIGN_IN_REQUIRED');
  return requestOtp({ ...request, changeFor: viewer.user.id }, deps);
}

/**
 * The right code: in one transaction the attempt is closed, the phone changed, and every other session of the person ended.
 * The session that asks must be open until then: whoever was just signed out changes nothing any more.
 * The hidden WhatsApp id went with the old phone. A phone that is another's leaves all as it is.
 */
const CHANGE_PHONE: Statement = {
  name: 'change_phone',
  text: `
    WITH asking AS (
      SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id
      WHERE s.id = $3 AND s.user_id = $2 AND s.revoked_at IS NULL AND NOT u.blocked FOR UPDATE OF s
    ),
    open AS (
      SELECT id, phone, client_network AS address FROM login_attempts
      WHERE id = $1 AND user_id = $2 AND purpose = 'CHANGE_PHONE' AND status = 'PENDING' AND expires_at > now()
        AND EXISTS (SELECT 1 FROM asking)
      FOR UPDATE
    ),
    failures AS (${lockPhoneFailures('open')}),
    proof AS (SELECT * FROM open WHERE NOT EXISTS (SELECT 1 FROM failures WHERE exhausted)),
    ${resetSends('proof')},
    changed AS (
      UPDATE users u SET phone = proof.phone, whatsapp_lid = NULL, updated_at = now() FROM proof
      WHERE u.id = $2 AND NOT u.blocked AND NOT EXISTS (SELECT 1 FROM users o WHERE o.phone = proof.phone AND o.id <> u.id)
      RETURNING u.*
    ),
    revoked AS (
      UPDATE sessions s SET ${revokedBecause(`'phone_changed'`)} FROM changed
      WHERE s.user_id = changed.id AND s.id <> $3 AND s.revoked_at IS NULL RETURNING s.id
    ),
    closed AS (
      UPDATE login_attempts a SET status = CASE WHEN changed.id IS NULL THEN 'CANCELED' ELSE 'CLAIMED' END::login_attempt_status,
        completed_at = now(), claimed_at = now(), version = a.version + 1
      FROM proof LEFT JOIN changed ON true WHERE a.id = proof.id RETURNING a.id
    ),
    audited AS (${auditedBy('changed', {
      id: '$4::uuid',
      event: 'user.phone_changed',
      actor: '$2::text',
      userId: 'id',
      details: `jsonb_build_object('from', $5::text, 'to', $6::text, 'sessionsEnded', (SELECT count(*) FROM revoked))`,
    })})
    SELECT EXISTS (SELECT 1 FROM asking) AS signed_in, closed.id IS NOT NULL AS judged, changed.id IS NOT NULL AS done,
           ${userColumns('changed')}
    FROM (SELECT 1) always LEFT JOIN closed ON true LEFT JOIN changed ON true`,
};

/**
 * Gives a person the phone whose code they show. The old one is told, as well as can be; other sessions end.
 *
 * @throws IncorrectCode, RateLimited, AttemptNotFound, AttemptClosed
 * @throws DomainError PHONE_TAKEN
 */
export async function confirmPhoneChange(guess: CodeSubmission & { viewer: Viewer }, deps: LoginDeps): Promise<User> {
  const wanted = { purpose: 'CHANGE_PHONE' as const, userId: guess.viewer.user.id };
  return checkCode(guess, wanted, (attempt) => change(attempt, guess.viewer, deps), deps);
}

async function change(
  { attemptId, phone }: CheckedAttempt,
  { user, sessionId }: Viewer,
  { database, bus, sendNotification, log }: LoginDeps,
): Promise<User | undefined> {
  const masked = { from: maskPhone(user.phone), to: maskPhone(phone) };
  const [row] = await database
    .query<UserRow & { signed_in: boolean; judged: boolean; done: boolean }>(CHANGE_PHONE, [
      attemptId,
      user.id,
      sessionId,
      uuidv7(),
      masked.from,
      masked.to,
    ])
    .catch((error: unknown) => {
      // Somebody signed up with it between the look and the change.
      if ((error as { code?: unknown }).code === '23505') throw new DomainError('PHONE_TAKEN', { cause: error });
      throw error;
    });
  if (!row?.signed_in) throw new DomainError('UNAUTHENTICATED');
  if (!row.judged) return undefined;
  bus.publish(attemptId);
  if (!row.done) throw new DomainError('PHONE_TAKEN');
  bus.publish(REVOCATIONS);
  // A sign-in by the old phone that was under way is not in what the statement saw.
  await revokeSessionsOf(
    { userId: user.id, actor: user.id, reason: 'phone_changed', except: sessionId },
    { database, bus, log },
  );
  log.info({ event: 'user.phone_changed', userId: user.id, ...masked });
  const country = countryOf(user.phone);
  void sendNotification({
    purpose: 'PHONE_CHANGED',
    phone: user.phone,
    country,
    locale: user.locale ?? localeOfCountry(country),
    values: { phone: masked.to },
  });
  return toUser(row);
}
