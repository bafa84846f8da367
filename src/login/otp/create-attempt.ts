import type { CountryCode } from 'libphonenumber-js/max';
import { v7 as uuidv7 } from 'uuid';
import type { ChannelName, Config } from '../../config/config.js';
import type { Keys } from '../../config/keys.js';
import type { Database } from '../../db/database.js';
import { hasColumns } from '../../db/outer-join.js';
import { budgetsOf } from '../../guard/budgets/budgets-of.js';
import { costOf } from '../../guard/budgets/planned-message.js';
import type { CaptchaVerdict } from '../../guard/captcha/captcha.js';
import { limitedNetworks } from '../../guard/networks/networks-of.js';
import { RateLimited } from '../../guard/errors.js';
import type { Charge } from '../../guard/budgets/give-back.js';
import type { Rule } from '../../guard/rules.js';
import { maskPhone } from '../../phone/mask-phone.js';
import { hashShownTokens } from '../../sessions/device-tokens.js';
import type { SignUp } from '../../users/user.js';
import type { Client } from '../attempts/attempt.js';
import { hashesOfCode } from './code-hash.js';
import { ATTEMPT_COLUMNS, OPEN_ATTEMPT, codeLengthsOf } from './create-attempt-sql.js';
import { type RepeatedRequest, readRepeatedRequest } from './repeated-request.js';
import { freeExpiredSlots } from './slots.js';

export interface NewAttempt {
  /** E.164. */
  phone: string;
  country: CountryCode | undefined;
  /** ID of the user who wants this phone as their new one; undefined for a sign-in. */
  changeFor: string | undefined;
  secretHash: Buffer;
  /** The code is derived from these keys and this salt. */
  keys: Pick<Keys, 'id' | 'code' | 'codeHash'>;
  codeSalt: Buffer;
  /** Identifies a request that its client may repeat. */
  requestHash: Buffer | undefined;
  ttlSeconds: number;
  client: Client;
  locale: string;
  /** Channels to try in order; at least one. */
  route: ChannelName[];
  /** When the first delivery by a route is overdue; null when no channel could take over. */
  overdueSeconds: (route: ChannelName[]) => number | null;
  /** The device token that the client shows. */
  deviceToken: string | undefined;
  captcha: CaptchaVerdict;
  signUp: SignUp;
  /** The phone has a fixed code: nothing is sent, and only the phone, the device and the networks are charged. */
  testPhone: boolean;
}

type CreateDeps = { config: Pick<Config, 'production' | 'guard' | 'otp'>; database: Database };

export interface CreatedAttempt {
  /** Set when the request repeats an earlier one. */
  repeats?: undefined;
  id: string;
  deliveryId: string;
  expiresAt: Date;
  resendAt: Date;
  /** Digits of the code. */
  codeLength: number;
  /**
   * False for a decoy: no message is sent, because the phone is unknown and sign-up is closed, because the guard blocks it, or
   * because it is a test phone.
   */
  deliver: boolean;
  /** The rule of the guard that blocks the message. */
  blockedBy: Rule | undefined;
  /** The subject of the budget that is spent. */
  blockedSubject: string | undefined;
  blockedUntil: Date | undefined;
  /** The channels to try: those of the route, without the first ones if their budget is spent. */
  route: ChannelName[];
  /** What the first message was charged. */
  charge: Charge;
  /** False when a concurrent request has just used up a budget. */
  withinBudget: boolean;
}

/**
 * Opens an attempt, with its first delivery queued; or finds the attempt that the same request has opened before.
 *
 * @throws CaptchaRequired when half of a budget of the phone or of the network is spent, or strangers have taken the slots of the phone,
 * and the client has not solved a captcha
 * @throws RateLimited when the client has entered too many wrong codes for the phone, when the phone has no free slot, or
 * when a budget of the phone or of the client is spent
 */
export async function createOtpAttempt(
  attempt: NewAttempt,
  deps: CreateDeps,
): Promise<CreatedAttempt | { repeats: RepeatedRequest }> {
  const { phone, country, requestHash } = attempt;
  const about = { phone, country };
  // Where the budget of a channel is spent, the next one is tried. If that holds for all, the first one seems to answer.
  let first = 0;
  for (;;) {
    const decoyIfBlocked = first === attempt.route.length || attempt.route.length === 1;
    const route = decoyIfBlocked ? attempt.route : attempt.route.slice(first);
    const { row, deliveryId, cost } = await openAttempt({ ...attempt, route }, decoyIfBlocked, deps);
    if (hasColumns(row, ATTEMPT_COLUMNS)) {
      const { attempt_id: id, expires_at: expiresAt, resend_at: resendAt, deliver, charged } = row;
      const { code_length: codeLength } = row;
      const blocked = {
        blockedBy: row.blocked_by ?? undefined,
        blockedSubject: row.blocked_subject ?? undefined,
        blockedUntil: row.blocked_until ?? undefined,
      };
      const charge = { subjects: charged, cost: deliver ? cost : 0 };
      const withinBudget = charged.length === row.to_charge;
      return { id, deliveryId, expiresAt, resendAt, codeLength, deliver, ...blocked, route, charge, withinBudget };
    }
    const isRefused =
      row.refused_for !== null || row.suspected_for !== null || row.refused_by !== null || row.suspicious;
    if (requestHash && (row.repeated || !isRefused)) {
      const repeats = await readRepeatedRequest({ requestHash }, deps);
      if (repeats) return { repeats };
    }
    if (row.refused_for !== null) throw new RateLimited(row.refused_for, 'guesses', about);
    if (row.beyond_captcha && row.refused_by !== null)
      throw new RateLimited(row.retry_after ?? 1, row.refused_by, about);
    const suspectedBy = row.guessed ? 'guesses' : row.sprayed ? 'spray' : 'attacked';
    if (row.suspicious || row.suspected_for !== null)
      await attempt.captcha.demand(row.suspected_for === null ? 'suspicious' : suspectedBy);
    if (row.suspected_for !== null) throw new RateLimited(row.suspected_for, suspectedBy, about);
    if (row.refused_by !== null) throw new RateLimited(row.retry_after ?? 1, row.refused_by, about);
    if (row.blocked_by !== null && !decoyIfBlocked && !row.blocked_on_any_channel) first += 1;
    else {
      const freeAfter = await freeExpiredSlots({ phone, slots: row.slots }, deps);
      // Try once more: an expired attempt has freed a slot, or a concurrent request took the slot that this one saw free.
      if (freeAfter === undefined) continue;
      // A captcha opens more slots, so strangers do not keep the user from a code by taking all.
      if (!row.known) await attempt.captcha.demand('open_attempts');
      throw new RateLimited(freeAfter, 'open_attempts', about);
    }
  }
}

async function openAttempt(attempt: NewAttempt, decoyIfBlocked: boolean, { config, database }: CreateDeps) {
  const { phone, country, client, changeFor, testPhone } = attempt;
  const [channel, ...nextChannels] = attempt.route;
  if (!channel) throw new Error('An attempt needs a route');
  const networks = limitedNetworks(client.ip, config);
  const shownDevices = changeFor ? [] : hashShownTokens(attempt.deviceToken);
  const message = { phone, country, channel, networks, mayBeKnown: shownDevices.length > 0 };
  const deliveryId = uuidv7();
  const cost = testPhone ? 0 : costOf(message, config.guard);
  const budgets = budgetsOf(message, config.guard);
  const attemptId = uuidv7();
  // The fixed code of a test phone is in no row, and a change of phone is confirmed by another statement.
  const codeLengths = testPhone || changeFor !== undefined ? [] : codeLengthsOf(config.otp.length);
  const [row] = await database.query(OPEN_ATTEMPT[changeFor ? 'open' : attempt.signUp], {
    attemptId,
    phone,
    country,
    secretHash: attempt.secretHash,
    keyId: attempt.keys.id,
    codeSalt: attempt.codeSalt,
    ...hashesOfCode({ attemptId, phone, salt: attempt.codeSalt }, codeLengths, attempt.keys),
    requestHash: attempt.requestHash,
    locale: attempt.locale,
    ttlSeconds: attempt.ttlSeconds,
    ip: client.ip,
    network: networks[0] ?? null,
    userAgent: client.userAgent,
    location: client.location,
    purpose: changeFor ? 'CHANGE_PHONE' : 'SIGN_IN',
    userId: changeFor,
    deliveryId,
    maskedPhone: maskPhone(phone),
    channel,
    nextChannels,
    overdueSeconds: attempt.overdueSeconds(attempt.route),
    shownDevices,
    captchaSolved: attempt.captcha.solved,
    maxTries: config.otp.maxTries,
    codeLength: config.otp.length,
    budgets: testPhone ? budgets.filter(({ blocks }) => !blocks) : budgets,
    testPhone,
    cost,
    asksCaptcha: attempt.captcha.canDemand,
    decoyIfBlocked,
  });
  if (!row) throw new Error('The verdict is missing');
  return { row, deliveryId, cost };
}
