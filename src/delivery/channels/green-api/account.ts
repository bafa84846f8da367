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
  /** Number of messages in the queue. */
  queued: number | undefined;
  /** When users wrote to the account within the last 24 hours, newest first. */
  incomingAt: Date[];
}

const WA_SETTINGS = z.object({ phone: z.coerce.string().default('') });
const INCOMING = z.array(z.object({ timestamp: z.number() }));
const TIMEOUT_MS = 5_000;

export async function readGreenApiAccount(greenApi: GreenApi): Promise<GreenApiAccount | Failed> {
  const state = await greenApi.stateInstance();
  if (isFailed(state)) return state;
  const read = async <T>(method: string, form: z.ZodType<T>): Promise<T | undefined> => {
    const answer = await greenApi.call(method, undefined, AbortSignal.timeout(TIMEOUT_MS));
    return isFailed(answer) ? undefined : form.safeParse(answer.body).data;
  };
  const phone = (await read('getWaSettings', WA_SETTINGS))?.phone.replace(/\D/g, '');
  const settings = await read('getSettings', SETTINGS);
  // Both answers contain texts, so only their number and times are read.
  const queue = await read('showMessagesQueue', z.array(z.unknown()));
  const incoming = await read('lastIncomingMessages', INCOMING);
  return {
    state: state.state,
    number: phone || undefined,
    settings,
    queued: queue?.length,
    incomingAt: (incoming ?? [])
      .map(({ timestamp }) => new Date(timestamp * 1000))
      .toSorted((one, other) => +other - +one),
  };
}
