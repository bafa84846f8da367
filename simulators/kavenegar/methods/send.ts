import { accept, checkCredit } from '../accept.js';
import { messageEntry } from '../entry.js';
import type { Desk, FakeKavenegar, KavenegarLine, KavenegarMessage } from '../fake-kavenegar.js';
import { type Form, longs, readDate, required } from '../fields.js';
import { readLine } from '../line.js';
import { type Receptor, readReceptor } from '../receptor.js';
import { checkSending } from '../refuse.js';
import { Refusal } from '../results.js';
import { BLOCKED, IN_QUEUE, SCHEDULED } from '../statuses.js';

const MOST_RECEPTORS = 200;
const LONGEST_MESSAGE = 900;
const LINK = /https?:|www\.|[a-z0-9-]\.[a-z]{2}/i;

export function send(desk: Desk, form: Form): object {
  const { fake, clock } = desk;
  const receptors = readReceptors(form);
  const message = readMessage(form);
  const line = readLine(fake, form['sender'] || fake.config.defaultsender);
  if (!fake.links && LINK.test(message)) throw new Refusal(420);
  const waitMs = readWait(form['date'], clock.now());
  const localids = readLocalIds(form['localid'], receptors.length);
  checkSending(fake, form, receptors);
  checkCredit(fake, message, receptors.filter((_, index) => !known(fake, localids[index])).length);

  return receptors.map(({ e164 }, index) => {
    const localid = localids[index];
    const letter = {
      receptor: e164,
      message,
      sender: line.digits,
      status: waitMs > 0 ? SCHEDULED : IN_QUEUE,
      ...(localid === undefined ? {} : { localid }),
    };
    return messageEntry(known(fake, localid) ?? accept(desk, letter, fateOf(fake, e164, line), waitMs));
  });
}

function readReceptors(form: Form): Receptor[] {
  const spellings = required(form, 'receptor').split(',');
  if (spellings.length > MOST_RECEPTORS) throw new Refusal(414);
  const receptors = spellings.map(readReceptor);
  if (receptors.some(({ kind }) => kind === 'landline')) throw new Refusal(411);
  return receptors;
}

function readMessage({ message }: Form): string {
  if (message === undefined) throw new Refusal(400);
  if (message === '' || message.length > LONGEST_MESSAGE) throw new Refusal(413);
  return message;
}

/** How long until it is to be sent, in milliseconds; a time that has passed is 417. */
function readWait(date: string | undefined, now: number): number {
  if (!date) return 0;
  const wait = readDate(date) - Math.floor(now / 1000) * 1000;
  if (wait < 0) throw new Refusal(417);
  return wait;
}

/** One for each receptor, or none at all. */
function readLocalIds(localid: string | undefined, count: number): string[] {
  if (!localid) return [];
  const localids = longs(localid.split(','));
  if (localids.length !== count) throw new Refusal(419);
  return localids;
}

/** What was sent with this localid before. */
function known({ messages }: FakeKavenegar, localid: string | undefined): KavenegarMessage | undefined {
  return localid === undefined ? undefined : messages.find((message) => message.localid === localid);
}

function fateOf({ fates, defaultFate, blockList }: FakeKavenegar, e164: string, { kind }: KavenegarLine): number[] {
  if (kind === 'advertising' && blockList.has(e164)) return [BLOCKED];
  return fates.get(e164) ?? defaultFate;
}
