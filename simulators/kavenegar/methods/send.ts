import { acceptMessage, checkCredit } from '../accept-message.js';
import { messageEntry } from '../message-entry.js';
import type { Context, KavenegarSimulator, KavenegarLine, KavenegarMessage } from '../simulator.js';
import { type Form, longs, readDate, required } from '../read-fields.js';
import { readLine } from '../sender-line.js';
import { type Receptor, readReceptor } from '../receptor.js';
import { checkSending } from '../check-sending.js';
import { Refusal } from '../results.js';
import { BLOCKED, IN_QUEUE, SCHEDULED } from '../statuses.js';

const MAX_RECEPTORS = 200;
const MAX_MESSAGE_LENGTH = 900;
const LINK = /https?:|www\.|[a-z0-9-]\.[a-z]{2}/i;

export function send(context: Context, form: Form): object {
  const { simulator, clock } = context;
  const receptors = readReceptors(form);
  const message = readMessage(form);
  const line = readLine(simulator, form['sender'] || simulator.config.defaultsender);
  if (!simulator.links && LINK.test(message)) throw new Refusal(420);
  const delayMs = readDelay(form['date'], clock.now());
  const localids = readLocalIds(form['localid'], receptors.length);
  checkSending(simulator, form, receptors);
  checkCredit(simulator, message, receptors.filter((_, index) => !findByLocalId(simulator, localids[index])).length);

  return receptors.map(({ e164 }, index) => {
    const localid = localids[index];
    const newMessage = {
      receptor: e164,
      message,
      sender: line.digits,
      status: delayMs > 0 ? SCHEDULED : IN_QUEUE,
      ...(localid === undefined ? {} : { localid }),
      nextStatuses: statusesOf(simulator, e164, line),
      delayMs,
    };
    return messageEntry(findByLocalId(simulator, localid) ?? acceptMessage(newMessage, context));
  });
}

function readReceptors(form: Form): Receptor[] {
  const spellings = required(form, 'receptor').split(',');
  if (spellings.length > MAX_RECEPTORS) throw new Refusal(414);
  const receptors = spellings.map(readReceptor);
  if (receptors.some(({ kind }) => kind === 'landline')) throw new Refusal(411);
  return receptors;
}

function readMessage({ message }: Form): string {
  if (message === undefined) throw new Refusal(400);
  if (message === '' || message.length > MAX_MESSAGE_LENGTH) throw new Refusal(413);
  return message;
}

/** Reads how long to delay sending, in milliseconds. @throws Refusal 417 if the date has passed */
function readDelay(date: string | undefined, now: number): number {
  if (!date) return 0;
  const delay = readDate(date) - Math.floor(now / 1000) * 1000;
  if (delay < 0) throw new Refusal(417);
  return delay;
}

/** Reads one localid for each receptor, or none. */
function readLocalIds(localid: string | undefined, count: number): string[] {
  if (!localid) return [];
  const localids = longs(localid.split(','));
  if (localids.length !== count) throw new Refusal(419);
  return localids;
}

/** The message that was sent with this localid before. */
function findByLocalId({ messages }: KavenegarSimulator, localid: string | undefined): KavenegarMessage | undefined {
  return localid === undefined ? undefined : messages.find((message) => message.localid === localid);
}

function statusesOf(
  { statusesByPhone, defaultStatuses, blockList }: KavenegarSimulator,
  e164: string,
  { kind }: KavenegarLine,
): number[] {
  if (kind === 'advertising' && blockList.has(e164)) return [BLOCKED];
  return statusesByPhone.get(e164) ?? defaultStatuses;
}
