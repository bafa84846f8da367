import { z } from 'zod';
import type { Failed } from '../channel.js';
import { isFailed } from '../http.js';
import type { GreenApi } from './client.js';
import { SETTINGS, type Settings } from './settings.js';

/** The account of an instance, as Green API reports it. */
export interface GreenApiAccount {
  state: string;
  /** Digits of the account's phone number, if known. */
  number: string | undefined;
  settings: Settings | undefined;
  /** Green API's name of the messenger, such as "whatsapp" or "telegram", if known. */
  messenger: string | undefined;
  /** Number of messages in the queue. */
  queued: number | undefined;
  /** When users wrote to the account within the last 24 hours, newest first. */
  incomingAt: Date[];
}

const WA_SETTINGS = z.object({ phone: z.coerce.string().default('') });
const INCOMING = z.array(z.object({ timestamp: z.number() }));
const TIMEOUT_MS = 5_000;

/** Digits of the account's phone number; undefined while it is not authorized, or does not answer. */
export async function readAccountNumber(greenApi: GreenApi): Promise<string | undefined> {
  const answer = await greenApi.call('getWaSettings', undefined, AbortSignal.timeout(TIMEOUT_MS));
  const phone = isFailed(answer) ? undefined : WA_SETTINGS.safeParse(answer.body).data?.phone;
  return phone?.replaceAll(/\D/g, '') || undefined;
}

export async function readGreenApiAccount(greenApi: GreenApi): Promise<GreenApiAccount | Failed> {
  const state = await greenApi.stateInstance();
  if (isFailed(state)) return state;
  const read = async <T>(method: string, form: z.ZodType<T>): Promise<T | undefined> => {
    const answer = await greenApi.call(method, undefined, AbortSignal.timeout(TIMEOUT_MS));
    return isFailed(answer) ? undefined : form.safeParse(answer.body).data;
  };
  const number = await readAccountNumber(greenApi);
  const answer = await read('getSettings', SETTINGS.extend({ typeInstance: z.string().max(40).optional() }));
  const { typeInstance: messenger, ...settings } = answer ?? {};
  // Both answers contain texts, so only their number and times are read.
  const queue = await read('showMessagesQueue', z.array(z.unknown()));
  const incoming = await read('lastIncomingMessages', INCOMING);
  return {
    state: state.state,
    number,
    settings: answer && (settings as Settings),
    messenger,
    queued: queue?.length,
    incomingAt: (incoming ?? [])
      .map(({ timestamp }) => new Date(timestamp * 1000))
      .toSorted((one, other) => +other - +one),
  };
}
