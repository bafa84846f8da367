import type { Config } from '../../config/config.js';
import { isLocale } from '../../locales/locale.js';
import { messagesIn } from '../../locales/messages.js';
import { whatsAppDigits } from '../../phone/whatsapp-phone.js';
import { describeDevice } from '../../sessions/device.js';
import { type ReplyDeps, sendReply } from './reply.js';

/** A sign-in as its user sees it in WhatsApp. */
export interface SignInToConfirm {
  /** E.164. The question goes to its chat, also when the login message came from a hidden ID. */
  phone: string;
  userAgent: string | null;
  location: string | null;
  clientIp: string | null;
  /** Of the attempt. */
  locale: string;
}

/** Asks the owner of a phone by WhatsApp to send back the number on the screen. Never rejects. */
export async function askToConfirm(
  { phone, userAgent, location, clientIp, locale }: SignInToConfirm,
  deps: ReplyDeps & { config: Config },
): Promise<void> {
  const service = new URL(deps.config.publicUrl).host;
  const messages = messagesIn(isLocale(locale) ? locale : 'en');
  const text = messages.askToConfirm(service, describeDevice(userAgent), location ?? clientIp ?? '?');
  await sendReply({ chatId: `${whatsAppDigits(phone)}@c.us`, text, awaited: true }, deps);
}
