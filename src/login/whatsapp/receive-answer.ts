import type { IncomingText } from '../../delivery/channels/green-api/incoming-text.js';
import { denySignIns } from '../notifications/deny-sign-ins.js';
import type { LoginDeps } from '../create-login.js';
import { ACTED, type WebhookOutcome, ignored } from '../webhook-outcome.js';
import { checkConfirmation } from './confirm.js';
import { type FindSenderDeps, type Sender, findKnownSender, findSender, isHidden } from './find-sender.js';
import { type CheckedLid, rememberLid } from './lid-phone.js';
import type { ConfirmationAnswer } from './login-message.js';
import { type ReplyDeps, messagesFor, reply } from './reply.js';
import { whyAnswerNotExpected } from './expected-message.js';

export type ReceiveAnswerDeps = Pick<LoginDeps, 'config' | 'keyring' | 'database' | 'bus' | 'audit' | 'log'> &
  FindSenderDeps &
  ReplyDeps;

interface Answer {
  answer: ConfirmationAnswer;
  message: IncomingText;
}

/**
 * Acts on an answer to a request to confirm or to the message about a new device. NO answers both.
 *
 * @throws when the database cannot record it; then nothing has been done, and the provider should deliver it again.
 */
export async function receiveAnswer({ answer, message }: Answer, deps: ReceiveAnswerDeps): Promise<WebhookOutcome> {
  const sender = await findAnswerer({ answer, message }, deps);
  if (!sender.phone) {
    if (sender.reason === 'lookup_failed')
      reply({ chatId: message.chatId, text: messagesFor(message).sendAgain }, deps);
    return ignored(sender.reason);
  }
  const phone = sender.phone.e164;
  if (answer === 'no') {
    const denied = await denySignIns({ phone, message }, deps);
    if (denied === 'none') return ignored('nothing_to_confirm');
    if (denied === 'ended')
      reply({ chatId: message.chatId, text: messagesFor(message).signInEnded, awaited: true }, deps);
  } else if (!(await checkConfirmation({ phone, number: answer.number, message }, deps)))
    return ignored('nothing_to_confirm');
  if (sender.lid) await rememberLidOfPhone({ phone, lid: sender.lid }, deps);
  return ACTED;
}

/**
 * The sender of an answer. Asks Green API about a hidden sender only if an answer is waited for, and within limits,
 * because anyone can write NO and Green API allows only few look-ups.
 */
async function findAnswerer(
  { answer, message }: Answer,
  deps: ReceiveAnswerDeps,
): Promise<Sender | { phone: undefined; reason: 'duplicate' | 'nothing_to_confirm' }> {
  const { phone, lidUser } = await findKnownSender(message, deps);
  if (phone) return { phone };
  if (!isHidden(message)) return { phone: undefined, reason: 'nothing_to_confirm' };
  const reason = await whyAnswerNotExpected({ answer, message }, deps);
  if (reason) return { phone: undefined, reason };
  return findSender({ ...message, cause: 'answer', lidUser }, deps);
}

async function rememberLidOfPhone(
  { phone, lid }: { phone: string; lid: CheckedLid },
  deps: Pick<ReceiveAnswerDeps, 'database'>,
): Promise<void> {
  const user = await deps.database.prisma.user.findUnique({ where: { phone }, select: { id: true } });
  if (user) await rememberLid({ userId: user.id, lid }, deps);
}
