import type { CountryCode } from 'libphonenumber-js/max';
import type { ChannelName } from '../../config/config.js';
import { fixedCodeOf } from '../../config/test-phones.js';
import { attemptPurpose } from '../../db/enums.js';
import { fromOuterJoin } from '../../db/outer-join.js';
import { type RowOf, statement } from '../../db/statement.js';
import { array, bool, bytea, int2, int4, nullable, present, text, textOf, timestamptz, uuid } from '../../db/types.js';
import { reaching, withoutAbsentChannels } from '../../delivery/log/absent-channels.js';
import { DomainError } from '../../domain-error.js';
import { RateLimited } from '../../guard/errors.js';
import { RESEND_AFTER_SECONDS } from '../../guard/limits.js';
import type { ChargeMessage, MessageVerdict } from '../../guard/budgets/charge-message.js';
import { countryOf } from '../../phone/phone-country.js';
import { maskPhone } from '../../phone/mask-phone.js';
import { AttemptClosed, AttemptNotFound, hashSecret, isAttemptId } from '../attempts/attempt.js';
import { FOUND_ATTEMPT, FOUND_ATTEMPT_COLUMNS, closedError } from '../attempts/closed-error.js';
import type { LoginDeps } from '../create-login.js';
import { isAndroidApp } from './android-app.js';
import { codeOf } from './code.js';
import { preferring } from './preferring.js';
import type { OtpRequested } from './request.js';

type ResendDeps = Pick<LoginDeps, 'config' | 'keyring' | 'database' | 'codeSender' | 'chargeMessage' | 'bus' | 'audit'>;

/** After these messages without a receipt, a user who asks again gets the code by another channel first. */
const SILENT_MESSAGES = 2;

/**
 * SQL: the channels that have reported for the attempt `a` that they do not reach the phone. The row of a decoy holds its outcome, in
 * `detail`, before it takes effect.
 */
const UNREACHING_CHANNELS = `ARRAY(
             SELECT DISTINCT d.channel FROM sms_log d
             WHERE d.attempt_id = a.id AND (
               d.failure IN ('not_on_channel', 'country_refused')
               OR (d.failure = 'suppressed' AND d.detail = 'not_on_channel' AND coalesce(d.failover_at, now()) <= now())
             ))`;

/**
 * SQL: the channels whose messages for the attempt `a` have got no receipt, this many times. The row of a decoy holds its outcome before it
 * takes effect.
 */
const SILENT_CHANNELS = `ARRAY(
             SELECT d.channel FROM sms_log d
             WHERE d.attempt_id = a.id AND (
               d.status IN ('QUEUED', 'ACCEPTED', 'SENT')
               OR (d.failure = 'suppressed' AND d.failover_at > now())
             )
             GROUP BY d.channel HAVING count(*) >= ${SILENT_MESSAGES})`;

/**
 * Takes the right to send once more. Of concurrent requests one takes it; the others find that `resend_at` has changed.
 */
const TAKE_RESEND = statement({
  name: 'login/take_resend',
  sql: `
    WITH taken AS (
      UPDATE login_attempts a SET resend_at = now() + interval '${RESEND_AFTER_SECONDS} seconds', version = version + 1
      WHERE id = :attemptId AND secret_hash = :secretHash AND method = 'OTP' AND status = 'PENDING' AND expires_at > now()
        AND resend_at <= now()
      RETURNING resend_at
    )
    SELECT ${FOUND_ATTEMPT}, a.phone, a.key_id, a.code_salt, a.code_length, a.locale, a.expires_at, taken.resend_at,
           greatest(ceil(extract(epoch FROM a.resend_at - now()))::int, 1) AS wait_seconds, a.client_ip, a.user_agent,
           ${UNREACHING_CHANNELS} AS unreaching_channels, ${SILENT_CHANNELS} AS silent_channels,
           a.purpose, a.purpose = 'CHANGE_PHONE' OR EXISTS (SELECT 1 FROM users u WHERE u.phone = a.phone) AS expects_code
    FROM login_attempts a LEFT JOIN taken ON true
    WHERE a.id = :attemptId AND a.secret_hash = :secretHash AND a.method = 'OTP'`,
  parameters: { attemptId: uuid, secretHash: bytea },
  columns: {
    ...FOUND_ATTEMPT_COLUMNS,
    phone: present(text),
    key_id: text,
    code_salt: nullable(bytea),
    code_length: nullable(int2),
    locale: text,
    expires_at: timestamptz,
    ...fromOuterJoin({ resend_at: timestamptz }),
    wait_seconds: int4,
    client_ip: nullable(text),
    user_agent: nullable(text),
    unreaching_channels: array(textOf<ChannelName>()),
    silent_channels: array(textOf<ChannelName>()),
    purpose: attemptPurpose,
    /** Whether the code is really sent although sign-up is closed. */
    expects_code: bool,
  },
});

/** Allows the next resend at once. Does nothing if another client has taken the next resend meanwhile. */
const GIVE_BACK_RESEND = statement({
  name: 'login/give_back_resend',
  sql: 'UPDATE login_attempts SET resend_at = now() WHERE id = :attemptId AND resend_at = :resendAt',
  parameters: { attemptId: uuid, resendAt: timestamptz },
  columns: {},
});

/**
 * Sends the code of an open attempt again: the same code, by the same route, or first by the requested channel. It passes over
 * channels that have reported for this attempt that the phone is not on them, and tries those last that were silent twice: a resend
 * would otherwise only prolong the wait for a provider that accepts messages and delivers none.
 *
 * @throws AttemptNotFound, AttemptClosed
 * @throws RateLimited before `resendAt`, or when the phone or the client's network has caused too many codes to be sent
 * @throws DomainError DELIVERY_FAILED; the attempt stays open, because an earlier message may still arrive, and the client may
 * request the code again at once
 */
export async function resendOtp(
  input: { attemptId: string; secret: string; channel: ChannelName | undefined },
  deps: ResendDeps,
): Promise<OtpRequested> {
  const { config, database, codeSender, audit } = deps;
  if (!isAttemptId(input.attemptId)) throw new AttemptNotFound();
  const attemptId = input.attemptId.toLowerCase();
  const [row] = await database.query(TAKE_RESEND, { attemptId, secretHash: hashSecret(input.secret) });
  const closed = closedError(row);
  if (closed || !row) throw closed ?? new AttemptNotFound();
  if (row.status !== 'PENDING') throw new AttemptClosed(row.status, null); // the right code was submitted
  const { resend_at: resendAt } = row;
  const country = countryOf(row.phone);
  if (!resendAt) throw new RateLimited(row.wait_seconds, 'resend_wait', { phone: row.phone, country, attemptId });

  audit.info({ event: 'otp.resend_requested', attemptId, phone: maskPhone(row.phone) });
  const known = reaching(codeSender.routeFor(country), row.unreaching_channels);
  const reached = await withoutAbsentChannels({ phone: row.phone, route: known, requested: input.channel }, deps);
  const route = preferring(input.channel, silentLast(reached, row.silent_channels));
  try {
    const channel = await sendAgain({ attemptId, row, country, route }, deps);
    return {
      attemptId,
      secret: input.secret,
      maskedPhone: maskPhone(row.phone),
      channel,
      channels: route,
      expiresAt: row.expires_at,
      resendAt,
      codeLength: row.code_length ?? config.otp.length,
    };
  } catch (error) {
    // Nothing was sent.
    if (error instanceof DomainError) await database.query(GIVE_BACK_RESEND, { attemptId, resendAt });
    throw error;
  } finally {
    deps.bus.publish(attemptId);
  }
}

const silentLast = (route: ChannelName[], silent: ChannelName[]): ChannelName[] => [
  ...route.filter((channel) => !silent.includes(channel)),
  ...route.filter((channel) => silent.includes(channel)),
];

interface Resend {
  attemptId: string;
  row: RowOf<typeof TAKE_RESEND>;
  country: CountryCode | undefined;
  route: ChannelName[];
}

/** @throws RateLimited when a budget of the phone or of the client is spent */
async function sendAgain(
  { attemptId, row, country, route }: Resend,
  { config, keyring, codeSender, chargeMessage, bus }: ResendDeps,
): Promise<ChannelName> {
  const { phone, locale, client_ip: clientIp } = row;
  const unknownPhone = !row.expects_code && config.signUp === 'closed';
  const testPhone = row.purpose === 'SIGN_IN' && fixedCodeOf(phone, config) !== undefined;
  const decoy = unknownPhone || testPhone;
  const message = { attemptId, phone, country, clientIp, decoy, occasion: 'resend' } as const;
  const { verdict, openRoute } = await chargeRoute({ message, route }, { chargeMessage });
  const { charge, refusedBy, retryAfterSeconds, blockedBy } = verdict;
  if (refusedBy !== undefined) throw new RateLimited(retryAfterSeconds, refusedBy, { phone, country, attemptId });
  const codeMessage = {
    attemptId,
    phone,
    country,
    code: codeOf({ ...row, attemptId }, { config, keyring }),
    ttlSeconds: config.otp.ttlSeconds,
    locale,
    clientIp,
    androidApp: isAndroidApp(row.user_agent),
    watched: true,
    testPhone,
  };
  const sendsNothing = decoy || blockedBy !== undefined;
  const deliveryId = await codeSender.createDelivery(codeMessage, openRoute, { decoy: sendsNothing, blockedBy });
  bus.publish(attemptId);
  return codeSender.send(codeMessage, openRoute, { deliveryId, charge, decoy: sendsNothing });
}

/**
 * Charges the message to the first channel whose budgets let it, as `createOtpAttempt` does.
 *
 * @returns the route from that channel on; the whole route if all are blocked
 */
async function chargeRoute(
  { message, route }: { message: Omit<Parameters<ChargeMessage>[0], 'channel'>; route: ChannelName[] },
  { chargeMessage }: { chargeMessage: ChargeMessage },
): Promise<{ verdict: MessageVerdict; openRoute: ChannelName[] }> {
  let blocked: MessageVerdict | undefined;
  for (const [index, channel] of route.entries()) {
    const verdict = await chargeMessage({ ...message, channel });
    if (verdict.refusedBy !== undefined || verdict.blockedBy === undefined)
      return { verdict, openRoute: route.slice(index) };
    blocked ??= verdict;
    if (verdict.blockedOnAnyChannel) break;
  }
  const [first] = route;
  if (!blocked || !first) throw new DomainError('DELIVERY_FAILED');
  // A client must not notice by its own limits that nothing is sent.
  const noticed = await chargeMessage({ ...message, channel: first, decoy: true });
  return { verdict: { ...noticed, blockedBy: blocked.blockedBy }, openRoute: route };
}
