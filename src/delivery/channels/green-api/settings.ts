import { z } from 'zod';
import { stripAuthScheme } from '../../../config/strip-auth-scheme.js';

/** Where Green API's webhook is received. */
export const GREEN_API_WEBHOOK = '/api/webhooks/greenapi/incoming';

/** What the doctor posts there: a type that means nothing. It is no webhook of Green API's, and does not count as one. */
export const DOCTOR_PROBE = 'phonegateDoctor';

/** The settings of an instance that matter to us, as getSettings gives them. */
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

/** A setting that is not as we need it. A token is never shown. */
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
    why: 'it tells whether a code arrived; without it every code falls over to the next channel',
  },
  stateWebhook: { value: 'yes', why: 'it tells when the account is signed out or suspended' },
  outgoingMessageWebhook: { value: 'no', why: 'it repeats what is typed on the phone, for nothing' },
  outgoingAPIMessageWebhook: { value: 'no', why: 'it repeats our own messages, codes among them' },
  enableLidMode: { value: 'no', why: 'it hides the phones of those who sign in' },
  delaySendMessagesMilliseconds: { value: 500, why: 'codes wait in line for longer than they need to' },
};

/** What setSettings would have to change, and why. */
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
      why: 'webhooks go elsewhere, or nowhere',
    });
  if (ours.token !== undefined && stripAuthScheme(settings.webhookUrlToken) !== ours.token)
    differences.push({
      name: 'webhookUrlToken',
      is: settings.webhookUrlToken ? 'another one' : '',
      wanted: ours.token,
      why: 'webhooks are refused with 401, and hold up everything behind them for 24 hours',
    });
  for (const [name, { value, why }] of Object.entries(WANTED) as [
    keyof typeof WANTED,
    { value: string | number; why: string },
  ][])
    if (settings[name] !== value) differences.push({ name, is: String(settings[name]), wanted: value, why });
  return differences;
}
