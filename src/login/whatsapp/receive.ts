import type { IncomingText } from '../../delivery/channels/green-api/incoming-text.js';
import { resetPhoneLimits } from '../../guard/reset-phone-limits.js';
import { failAttempt } from '../attempts/fail-attempt.js';
import type { LoginDeps } from '../create-login.js';
import { ACTED, type WebhookOutcome, ignored } from '../webhook-outcome.js';
import { askToConfirm } from './ask-to-confirm.js';
import { completeWhatsAppLogin } from './complete.js';
import { type FindSenderDeps, type UnknownSender, findSender, hiddenIdOf } from './find-sender.js';
import { rememberLid } from './lid-phone.js';
import { readableText, recogniseConfirmation, recogniseLoginMessage } from './login-message.js';
import { receiveAnswer } from './receive-answer.js';
import { recordEvent } from './record-event.js';
import { type ReplyDeps, messagesFor, reply } from './reply.js';
import { readExpectation } from './expected-message.js';

export type ReceiveDeps = Pick<LoginDeps, 'config' | 'keyring' | 'database' | 'bus' | 'audit' | 'log' | 'usedCodes'> &
  FindSenderDeps &
  ReplyDeps;

/**
 * The text of a message that WhatsApp could not decrypt, which sometimes happens to first messages (Green API, common
 * errors).
 */
const UNDECRYPTABLE = /^\{\{SWE\d{3}\}\}$/;

/**
 * Acts on a text that the gateway received by WhatsApp: a login message, an answer to a request to confirm or to the
 * message about a new device, or a message that WhatsApp could not decrypt. Ignores any other text.
 *
 * @throws when the database cannot record it; then nothing has been done, and the provider should deliver it again.
 */
export async function receiveText(message: IncomingText, deps: ReceiveDeps): Promise<WebhookOutcome> {
  const attemptId = recogniseLoginMessage(message.text, deps.config.whatsapp.loginMessagePrefix);
  if (attemptId) return receiveLogin({ attemptId, message }, deps);

  const answer = recogniseConfirmation(message.text);
  if (answer) return receiveAnswer({ answer, message }, deps);
  if (UNDECRYPTABLE.test(readableText(message.text))) {
    if (!(await recordEvent({ message, status: 'undecryptable' }, deps))) return ignored('duplicate');
    reply({ chatId: message.chatId, text: messagesFor(message).sendAgain }, deps);
    return ignored('undecryptable');
  }
  return ignored('no_login_message');
}

interface LoginMessage {
  attemptId: string;
  message: IncomingText;
}

async function receiveLogin(login: LoginMessage, deps: ReceiveDeps): Promise<WebhookOutcome> {
  const { message } = login;
  const lid = hiddenIdOf(message);
  const expectation = lid === undefined ? undefined : await readExpectation({ ...login, lid }, deps);
  if (expectation?.reason) return ignored(expectation.reason);
  const { lidUser } = expectation ?? {};
  const sender = await findSender({ ...message, cause: 'login', attemptId: login.attemptId, lidUser }, deps);
  if (sender.phone === undefined) return refuseUnknownSender({ ...login, sender }, deps);
  const completion = await completeWhatsAppLogin({ ...login, phone: sender.phone }, deps);
  if (completion.outcome === 'ignored') return completion;
  if (completion.status === 'CONFIRMING' && !completion.needsApproval)
    void askToConfirm({ ...completion, phone: sender.phone.e164 }, deps);
  // This is the last step, because a repeated message would be a duplicate: if the database fails here, the login
  // itself is done.
  if (completion.status !== 'FAILED') await resetPhoneLimits({ phone: sender.phone.e164 }, deps);
  if (completion.userId && sender.lid) await rememberLid({ userId: completion.userId, lid: sender.lid }, deps);
  return ACTED;
}

/**
 * Fails the attempt of a sender who hides the phone, and asks them, on the screen and by WhatsApp, to use a code. If
 * the phone cannot be looked up now, the attempt stays open and the sender is asked to send the message again, or to use a
 * code after too many look-ups.
 */
async function refuseUnknownSender(
  { attemptId, message, sender: { reason } }: LoginMessage & { sender: UnknownSender },
  deps: ReceiveDeps,
): Promise<WebhookOutcome> {
  const { chatId } = message;
  if (reason === 'lookup_failed') {
    reply({ chatId, text: messagesFor(message).sendAgain }, deps);
    return ignored(reason);
  }
  if (reason === 'lookup_limit') {
    reply({ chatId, text: messagesFor(message).phoneHidden }, deps);
    return ignored(reason);
  }
  // The event is recorded after that: if the database fails between the two, the repeated message still gets its reply.
  await failAttempt({ attemptId, reason: 'PHONE_HIDDEN' }, deps);
  if (!(await recordEvent({ message, status: '' }, deps))) return ignored('duplicate');
  deps.log.warn({ event: 'whatsapp.sender_unresolved', attemptId, reason });
  reply({ chatId, text: messagesFor(message).phoneHidden }, deps);
  return ignored(reason);
}
