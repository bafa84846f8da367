import { emitEcho, emitStatus, extendedText } from './events.js';
import { type Instance, type PhoneMessage, type QueuedMessage, fateOf, secondsNow } from './instance.js';
import type { JournalRecord } from './journal.js';
import { personOf } from './people.js';

const KEPT_MS = 24 * 60 * 60_000;

/** Lets one message out each `delaySendMessagesMilliseconds`, as long as the instance is authorized. */
export function drainQueue(instance: Instance): void {
  const { queue, drain, clock, settings } = instance;
  if (drain.scheduled || queue.length === 0) return;
  drain.scheduled = true;
  clock.after(Math.max(0, drain.lastAt + settings.delaySendMessagesMilliseconds - clock.now()), () => {
    drain.scheduled = false;
    if (instance.state !== 'authorized') return;
    const next = queue.shift();
    if (next && clock.now() - next.at <= KEPT_MS) {
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
  befall(instance, sent, record, [...fateOf(instance, personOf(instance.people, chatId))]);
}

/** One status of its fate after the other. */
function befall(instance: Instance, message: PhoneMessage, record: JournalRecord, [status, ...rest]: string[]): void {
  if (status === undefined) return;
  instance.clock.after(instance.statusDelayMs, () => {
    message.statuses.push(status);
    record.statusMessage = status;
    emitStatus(instance, message, status);
    befall(instance, message, record, rest);
  });
}
