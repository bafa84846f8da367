import type { GreenApi } from '../../delivery/channels/green-api/client.js';
import type { IncomingText } from '../../delivery/channels/green-api/incoming-text.js';
import type { Outbox } from '../../delivery/send/outbox.js';
import { isLocale, localeOfCountry } from '../../locales/locale.js';
import { messagesIn } from '../../locales/messages.js';
import { maskPhone } from '../../phone/mask-phone.js';
import { phoneFromWhatsApp } from '../../phone/whatsapp-phone.js';
import { failAttempt } from '../attempts/fail-attempt.js';
import type { LoginDeps } from '../deps.js';
import { completeWhatsAppLogin } from './complete.js';
import { checkConfirmation } from './confirm.js';
import { describeDevice } from '../../sessions/device.js';
import { readableText, recogniseConfirmation, recogniseLoginMessage } from './login-message.js';
import { recordEvent } from './record-event.js';
import { resetPhoneLimits } from '../../guard/reset-phone-limits.js';
import { type UnknownSender, findKnownSender, findSender, rememberLid, whyNotExpected } from './sender.js';

export interface ReceiveDeps extends LoginDeps {
  greenApi: GreenApi | undefined;
  /** In development. */
  outbox: Outbox | undefined;
}

export type Received = { outcome: 'acted' } | { outcome: 'ignored'; reason: string };

const ACTED: Received = { outcome: 'acted' };

/**
 * Acts on a text that a person wrote to the gateway: a login message, an answer to a request to confirm, or a message
 * that WhatsApp could not decrypt. Whatever else is ignored, with a reason.
 *
 * @throws when the database cannot take it; then nothing has been done and the provider should deliver it again.
 */
export async function receiveText(message: IncomingText, deps: ReceiveDeps): Promise<Received> {
  const attemptId = recogniseLoginMessage(message.text, deps.config.whatsapp.loginMessagePrefix);
  if (attemptId) return receiveLogin(attemptId, message, deps);

  const answer = recogniseConfirmation(message.text);
  if (answer) {
    const phone = await findKnownSender(message, deps);
    const judged = phone && (await checkConfirmation({ phone: phone.e164, answer, message }, deps));
    return judged ? ACTED : { outcome: 'ignored', reason: 'nothing_to_confirm' };
  }
  // {{SWE001}}: WhatsApp could not decrypt a first message, which is just what a login message is (Green API, common errors).
  if (/^\{\{SWE\d{3}\}\}$/.test(readableText(message.text))) {
    if (!(await recordEvent(message, 'undecryptable', deps.database)))
      return { outcome: 'ignored', reason: 'duplicate' };
    reply(message.chatId, languageOf(message).sendAgain, deps);
    return { outcome: 'ignored', reason: 'undecryptable' };
  }
  return { outcome: 'ignored', reason: 'no_login_message' };
}

async function receiveLogin(attemptId: string, message: IncomingText, deps: ReceiveDeps): Promise<Received> {
  if (isHidden(message)) {
    const reason = await whyNotExpected(attemptId, message, deps);
    if (reason) return { outcome: 'ignored', reason };
  }
  const sender = await findSender(message, deps);
  if (sender.phone === undefined) return refuseHidden(attemptId, message, sender, deps);
  const completion = await completeWhatsAppLogin({ attemptId, phone: sender.phone, message }, deps);
  if (completion.outcome === 'ignored') return completion;
  const locale = isLocale(completion.locale) ? completion.locale : 'en';
  if (completion.status === 'CONFIRMING') {
    const device = describeDevice(completion.userAgent);
    reply(
      message.chatId,
      messagesIn(locale).askToConfirm(
        new URL(deps.config.publicUrl).host,
        device,
        completion.location ?? completion.clientIp ?? '?',
      ),
      deps,
    );
  }
  // Last: if the database goes now, what the person waits for has been done, and the repeat is a duplicate.
  if (completion.status !== 'FAILED') await resetPhoneLimits({ phone: sender.phone.e164 }, deps);
  if (completion.userId && sender.lid) await rememberLid(completion.userId, sender.lid, deps.database);
  return ACTED;
}

const isHidden = ({ sender, chatId }: IncomingText) => sender.endsWith('@lid') || chatId.endsWith('@lid');

/** The digits of a hidden id are no phone: the person is told to use a code, on the screen and in WhatsApp. */
async function refuseHidden(
  attemptId: string,
  message: IncomingText,
  { reason }: UnknownSender,
  deps: ReceiveDeps,
): Promise<Received> {
  if (reason === 'lookup_failed') {
    // Nothing is known of the person, so nothing is over: the attempt goes on waiting.
    reply(message.chatId, languageOf(message).sendAgain, deps);
    return { outcome: 'ignored', reason };
  }
  // In this order: should the database go between the two, the repeat finds the attempt told, not the event alone.
  await failAttempt(attemptId, 'PHONE_HIDDEN', deps);
  if (!(await recordEvent(message, '', deps.database))) return { outcome: 'ignored', reason: 'duplicate' };
  deps.log.warn({ event: 'whatsapp.sender_unresolved', attemptId, reason });
  reply(message.chatId, languageOf(message).phoneHidden, deps);
  return { outcome: 'ignored', reason };
}

/** Said after the webhook is answered, or not at all: a reply that fails must not hold up other people's logins. */
function reply(chatId: string, text: string, { greenApi, outbox, log, config }: ReceiveDeps): void {
  const keep = () => outbox?.sent({ phone: addressee(chatId), channel: 'whatsapp', text });
  if (!greenApi) {
    if (!config.production)
      log.info({ event: 'console.whatsapp', phone: maskPhone(`+${chatId.replace(/@.*/, '')}`), text });
    keep();
    return;
  }
  void greenApi.sendMessage(chatId, text).then((result) => {
    if (result.outcome === 'accepted') keep();
    else log.warn({ event: 'whatsapp.reply_failed', failure: result.failure, detail: result.detail });
  });
}

/** The phone of a chat, or its id where that hides the phone. */
function addressee(chatId: string): string {
  return chatId.endsWith('@c.us') ? phoneFromWhatsApp(chatId.replace('@c.us', '')).e164 : chatId;
}

/** Before we know the person: the language of the phone's country, as far as WhatsApp shows the phone. */
function languageOf({ sender }: IncomingText) {
  const country = sender.endsWith('@c.us') ? phoneFromWhatsApp(sender.replace('@c.us', '')).country : undefined;
  return messagesIn(localeOfCountry(country));
}
