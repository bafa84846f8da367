import { z } from 'zod';
import { stripAuthScheme } from '../../../config/strip-auth-scheme.js';

/** Path of the webhook to which Green API posts. */
export const GREEN_API_WEBHOOK = '/api/webhooks/greenapi/incoming';

/** The `typeWebhook` that the doctor posts to test the webhook. It does not count as a webhook of Green API. */
export const DOCTOR_PROBE = 'phonegateDoctor';

/** The settings of an instance that the gateway depends on, as getSettings returns them. */
export const SETTINGS = z.object({
  webhookUrl: z.string().default(''),
  webhookUrlToken: z.string().default(''),
  incomingWebhook: z.string().default('no'),
  outgoingWebhook: z.string().default('no'),
  stateWebhook: z.string().default('no'),
  outgoingMessageWebhook: z.string().default('no'),
  outgoingAPIMessageWebhook: z.string().default('no'),
  enableLidMode: z.string().default('no'),
  delaySendMessagesMilliseconds: z.coerce.number().default(500),
});
export type Settings = z.output<typeof SETTINGS>;
export type SettingName = keyof Settings;

/** A setting with a value that the gateway cannot use. `is` never contains a token. */
export interface Difference {
  name: SettingName;
  is: string;
  wanted: string | number;
  why: string;
}

const WANTED: Record<
  Exclude<SettingName, 'webhookUrl' | 'webhookUrlToken'>,
  { value: string | number; why: string }
> = {
  incomingWebhook: { value: 'yes', why: 'login messages do not arrive without it' },
  outgoingWebhook: {
    value: 'yes',
    why: 'it reports whether a code arrived; without it every code fails over to the next channel',
  },
  stateWebhook: { value: 'yes', why: 'it reports when the account is signed out or suspended' },
  outgoingMessageWebhook: {
    value: 'no',
    why: 'it repeats messages written on the phone, which the gateway does not use',
  },
  outgoingAPIMessageWebhook: { value: 'no', why: 'it repeats the messages that the gateway sends, with their codes' },
  enableLidMode: { value: 'no', why: 'it hides the phones of users who sign in' },
  delaySendMessagesMilliseconds: { value: 500, why: 'codes wait in the queue longer than they need to' },
};

/** The settings to change by setSettings, and why. */
export function settingsDifferences(
  settings: Settings,
  ours: { publicUrl: string; token: string | undefined },
): Difference[] {
  const differences: Difference[] = [];
  const webhookUrl = `${ours.publicUrl}${GREEN_API_WEBHOOK}`;
  if (settings.webhookUrl.replace(/\/$/, '') !== webhookUrl)
    differences.push({
      name: 'webhookUrl',
      is: settings.webhookUrl,
      wanted: webhookUrl,
      why: 'webhooks go to another URL, or to none',
    });
  if (ours.token !== undefined && stripAuthScheme(settings.webhookUrlToken) !== ours.token)
    differences.push({
      name: 'webhookUrlToken',
      is: settings.webhookUrlToken ? 'another one' : '',
      wanted: ours.token,
      why: 'webhooks are refused with 401, and the first one blocks all others for 24 hours',
    });
  for (const [name, { value, why }] of Object.entries(WANTED) as [
    keyof typeof WANTED,
    { value: string | number; why: string },
  ][])
    if (settings[name] !== value) differences.push({ name, is: String(settings[name]), wanted: value, why });
  return differences;
}
