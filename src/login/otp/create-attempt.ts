import type { CountryCode } from 'libphonenumber-js/max';
import { v7 as uuidv7 } from 'uuid';
import type { ChannelName, Config } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import { limitedNetwork } from '../../guard/client-ip.js';
import { maskPhone } from '../../phone/mask-phone.js';
import type { SignUp } from '../../users/user.js';
import type { Client } from '../attempts/attempt.js';
import { OPEN_ATTEMPT } from './create-attempt-sql.js';
import { type RepeatedRequest, readRepeatedRequest } from './repeated-request.js';
import { freeExpiredSlots } from './slots.js';

export interface NewAttempt {
  /** E.164. */
  phone: string;
  country: CountryCode | undefined;
  /** ID of the user who wants this phone as their new one; undefined for a sign-in. */
  changeFor: string | undefined;
  secretHash: Buffer;
  /** The code is derived from this key and this salt. */
  keyId: string;
  codeSalt: Buffer;
  /** Identifies a request that its client may repeat. */
  requestHash: Buffer | undefined;
  ttlSeconds: number;
  client: Client;
  locale: string;
  /** Channels to try in order; at least one. */
  route: ChannelName[];
  /** When the first delivery is overdue; null when no channel could take over. */
  overdueSeconds: number | null;
  signUp: SignUp;
}

export interface CreatedAttempt {
  /** Set when the request repeats an earlier one. */
  repeats?: undefined;
  id: string;
  deliveryId: string;
  expiresAt: Date;
  resendAt: Date;
  /** False for a decoy: with sign-up closed, an unknown number receives no message. */
  deliver: boolean;
  /** The send budgets that were charged. They are given back if nothing is sent. */
  charged: string[];
  /** False when a concurrent request has just used up the send budget of the phone or of the client's network. */
  withinBudget: boolean;
}

/**
 * Opens an attempt, with its first delivery queued; or finds the attempt that the same request has opened before.
 *
 * @throws RateLimited when the phone has no guesses left or no free slot, or when the phone or the client's network has
 * caused too many codes to be sent.
 */
export async function createOtpAttempt(
  attempt: NewAttempt,
  deps: { config: Pick<Config, 'production'>; database: Database },
): Promise<CreatedAttempt | { repeats: RepeatedRequest }> {
  const { phone, client, changeFor, requestHash } = attempt;
  const [channel, ...nextChannels] = attempt.route;
  if (!channel) throw new Error('An attempt needs a route');
  const network = limitedNetwork(client.ip, deps.config);
  for (;;) {
    const id = uuidv7();
    const deliveryId = uuidv7();
    const [row] = await deps.database.query(OPEN_ATTEMPT[changeFor ? 'open' : attempt.signUp], {
      attemptId: id,
      phone,
      country: attempt.country,
      secretHash: attempt.secretHash,
      keyId: attempt.keyId,
      codeSalt: attempt.codeSalt,
      requestHash,
      locale: attempt.locale,
      ttlSeconds: attempt.ttlSeconds,
      ip: client.ip,
      network,
      userAgent: client.userAgent,
      location: client.location,
      purpose: changeFor ? 'CHANGE_PHONE' : 'SIGN_IN',
      userId: changeFor,
      deliveryId,
      maskedPhone: maskPhone(phone),
      channel,
      nextChannels,
      overdueSeconds: attempt.overdueSeconds,
    });
    if (row) {
      const { expires_at: expiresAt, resend_at: resendAt, deliver, charged } = row;
      return { id, deliveryId, expiresAt, resendAt, deliver, charged, withinBudget: charged.length === row.to_charge };
    }
    const repeats = requestHash && (await readRepeatedRequest({ requestHash }, deps));
    if (repeats) return { repeats };
    // Try once more: an expired attempt has freed a slot, or a concurrent request took the slot that this one saw free.
    await freeExpiredSlots({ phone, network }, deps);
  }
}
