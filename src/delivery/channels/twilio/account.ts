import { z } from 'zod';
import type { Failed } from '../channel.js';
import { isFailed } from '../http.js';
import type { Twilio } from './client.js';

export interface TwilioAccount {
  /** Undefined for a subaccount, and for a key that may not read it. */
  balance: number | undefined;
  currency: string;
}

const TIMEOUT_MS = 5_000;
const BALANCE = z.object({ balance: z.coerce.number().optional().catch(undefined), currency: z.string().default('') });
const NUMBERS = z.object({
  incoming_phone_numbers: z.array(z.object({ capabilities: z.object({ sms: z.boolean(), voice: z.boolean() }) })),
});

/** Reads the balance (twilio.com/docs/usage/api, Balance). */
export async function readTwilioAccount(twilio: Twilio): Promise<TwilioAccount | Failed> {
  const answer = await twilio.call('Balance.json', undefined, AbortSignal.timeout(TIMEOUT_MS));
  if (!isFailed(answer)) {
    const { balance, currency } = BALANCE.safeParse(answer.body).data ?? { balance: undefined, currency: '' };
    return { balance, currency };
  }
  if (answer.failure !== 'authentication') return answer;
  // A key can be right and still not be allowed to read the balance.
  const numbers = await twilio.call('IncomingPhoneNumbers.json?PageSize=1', undefined, AbortSignal.timeout(TIMEOUT_MS));
  return isFailed(numbers) ? answer : { balance: undefined, currency: '' };
}

/** What a number of the account can do; undefined if it is not one. Only digits and a plus are looked up. */
export async function readTwilioNumber(
  twilio: Twilio,
  number: string,
): Promise<{ sms: boolean; voice: boolean } | undefined | Failed> {
  const path = `IncomingPhoneNumbers.json?PhoneNumber=${encodeURIComponent(number)}&PageSize=1`;
  const answer = await twilio.call(path, undefined, AbortSignal.timeout(TIMEOUT_MS));
  if (isFailed(answer)) return answer;
  return NUMBERS.safeParse(answer.body).data?.incoming_phone_numbers[0]?.capabilities;
}
