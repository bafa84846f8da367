import { z } from 'zod';
import type { Failed } from '../channel.js';
import { isFailed } from '../http.js';
import type { Kavenegar } from './client.js';

/** The account, as Kavenegar reports it. */
export interface KavenegarAccount {
  /** In rials. */
  credit: number;
  type: string;
  /** Undefined if the gateway's IP address is not allowed to read the settings. */
  settings:
    | {
        /** Every request succeeds and nothing is sent. */
        debugMode: boolean;
        /** Kavenegar stores the texts, which contain codes. */
        keepsLogs: boolean;
        /** Kavenegar sends failed messages again later, when the code has expired. */
        resendsFailed: boolean;
        defaultSender: string;
        /** In rials. Kavenegar warns the owner below this credit. */
        alarmBelow: number;
      }
    | undefined;
}

const INFO = z.object({ remaincredit: z.coerce.number(), type: z.string().default('') });
const CONFIG = z.object({
  apilogs: z.string().default(''),
  debugmode: z.string().default(''),
  resendfailed: z.string().default(''),
  defaultsender: z.string().nullish(),
  mincreditalarm: z.coerce.number().catch(0),
});
const TIMEOUT_MS = 5_000;

export async function readKavenegarAccount(kavenegar: Kavenegar): Promise<KavenegarAccount | Failed> {
  const info = await kavenegar.call('account/info', {}, AbortSignal.timeout(TIMEOUT_MS));
  if (isFailed(info)) return info;
  const parsed = INFO.safeParse(info.entries);
  if (!parsed.success) return { outcome: 'failed', failure: 'unknown', retry: false, detail: 'unreadable answer' };
  const config = await kavenegar.call('account/config', {}, AbortSignal.timeout(TIMEOUT_MS));
  const settings = isFailed(config) ? undefined : CONFIG.safeParse(config.entries).data;
  return {
    credit: parsed.data.remaincredit,
    type: parsed.data.type,
    settings: settings && {
      debugMode: isOn(settings.debugmode),
      keepsLogs: isOn(settings.apilogs),
      resendsFailed: isOn(settings.resendfailed),
      defaultSender: settings.defaultsender ?? '',
      alarmBelow: settings.mincreditalarm,
    },
  };
}

const isOn = (value: string) => value === 'enabled' || value === 'true';
