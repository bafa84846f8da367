import { z } from 'zod';
import type { Failed } from '../channel.js';
import type { GreenApi } from '../green-api/client.js';
import { SETTINGS } from '../green-api/settings.js';
import { isFailed } from '../http.js';

/** The account of an instance of MAX, as Green API reports it. */
export interface GreenApiMaxAccount {
  state: string;
  /** Digits of the account's phone number, if known. */
  number: string | undefined;
  settings: z.output<typeof SETTINGS_OF_MAX> | undefined;
  /** Number of messages in the queue. */
  queued: number | undefined;
}

const SETTINGS_OF_MAX = SETTINGS.pick({ webhookUrl: true, webhookUrlToken: true, outgoingWebhook: true }).extend({
  typeInstance: z.string().max(40).optional(),
});
/** green-api.com/v3/docs/api/account/GetAccountSettings */
const ACCOUNT_SETTINGS = z.object({ phone: z.coerce.string().default('') });
const TIMEOUT_MS = 5_000;

export async function readGreenApiMaxAccount(greenApi: GreenApi): Promise<GreenApiMaxAccount | Failed> {
  const state = await greenApi.stateInstance();
  if (isFailed(state)) return state;
  const read = async <T>(method: string, form: z.ZodType<T>): Promise<T | undefined> => {
    const answer = await greenApi.call(method, undefined, AbortSignal.timeout(TIMEOUT_MS));
    return isFailed(answer) ? undefined : form.safeParse(answer.body).data;
  };
  const account = await read('getAccountSettings', ACCOUNT_SETTINGS);
  const settings = await read('getSettings', SETTINGS_OF_MAX);
  // The queue contains texts, so only its length is read.
  const queue = await read('showMessagesQueue', z.array(z.unknown()));
  return {
    state: state.state,
    number: account?.phone.replaceAll(/\D/g, '') || undefined,
    settings,
    queued: queue?.length,
  };
}
