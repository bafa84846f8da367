import { emitEcho, emitStatus, extendedText } from './events.js';
import { type Instance, type PhoneMessage, type QueuedMessage, statusesOf, secondsNow } from './instance.js';
import type { JournalRecord } from './journal.js';
import { phoneOrLidOf } from './lids.js';

const RETENTION_MS = 24 * 60 * 60_000;

/** Sends one message each `delaySendMessagesMilliseconds`, while the instance is authorized. */
export function drainQueue(instance: Instance): void {
  const { queue, drain, clock, settings } = instance;
  if (drain.scheduled || queue.length === 0) return;
  drain.scheduled = true;
  clock.after(Math.max(0, drain.lastAt + settings.delaySendMessagesMilliseconds - clock.now()), () => {
    drain.scheduled = false;
    if (instance.state !== 'authorized') return;
    const next = queue.shift();
    if (next && clock.now() - next.at <= RETENTION_MS) {
      drain.lastAt = clock.now();
      handToPhone(instance, next);
    }
    drainQueue(instance);
  });
}

function handToPhone(instance: Instance, { idMessage, body: { chatId, message } }: QueuedMessage): void {
  const sent: PhoneMessage = { chatId, message, idMessage, at: instance.clock.now(), statuses: [] };
  const record: JournalRecord = {
    type: 'outgoing',
    idMessage,
    timestamp: secondsNow(instance),
    typeMessage: 'extendedTextMessage',
    chatId,
    textMessage: message,
    extendedTextMessage: extendedText(message, false),
    statusMessage: 'pending',
    sendByApi: true,
  };
  instance.messages.push(sent);
  instance.journal.push(record);
  instance.onMessage?.(sent);
  emitEcho(instance, sent);
  const statuses = statusesOf(instance, phoneOrLidOf(instance.phonesByLid, chatId));
  applyStatuses({ message: sent, record }, statuses, instance);
}

/** Gives the message one status after the other. */
function applyStatuses(
  sent: { message: PhoneMessage; record: JournalRecord },
  [status, ...rest]: readonly string[],
  instance: Instance,
): void {
  if (status === undefined) return;
  instance.clock.after(instance.statusDelayMs, () => {
    sent.message.statuses.push(status);
    sent.record.statusMessage = status;
    emitStatus(instance, sent.message, status);
    applyStatuses(sent, rest, instance);
  });
}
