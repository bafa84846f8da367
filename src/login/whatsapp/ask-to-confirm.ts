import type { Config } from '../../config/config.js';
import { isLocale } from '../../locales/locale.js';
import { messagesIn } from '../../locales/messages.js';
import { describeDevice } from '../../sessions/device.js';
import { type ReplyDeps, sendReply } from './reply.js';

/** A sign-in as its user sees it in WhatsApp. */
export interface SignInToConfirm {
  chatId: string;
  userAgent: string | null;
  location: string | null;
  clientIp: string | null;
  /** Of the attempt. */
  locale: string;
}

/** Asks the owner of a phone by WhatsApp to send back the number on the screen. Never rejects. */
export async function askToConfirm(
  { chatId, userAgent, location, clientIp, locale }: SignInToConfirm,
  deps: ReplyDeps & { config: Config },
): Promise<void> {
  const service = new URL(deps.config.publicUrl).host;
  const messages = messagesIn(isLocale(locale) ? locale : 'en');
  const text = messages.askToConfirm(service, describeDevice(userAgent), location ?? clientIp ?? '?');
  await sendReply({ chatId, text }, deps);
}
