import { messageEntry } from '../entry.js';
import type { Desk, FakeKavenegar } from '../fake-kavenegar.js';
import { type Form, readSpan, requiredLongs } from '../fields.js';
import { checkAddress } from '../refuse.js';

const MOST = 500;

/** Messages as they were sent, codes and all: only for addresses on the account's list. Unknown ids are left out. */
export function select({ fake }: Desk, form: Form): object {
  checkAddress(fake);
  const ids = requiredLongs(form, 'messageid', MOST);
  return fake.messages.filter(({ messageid }) => ids.includes(messageid)).map(messageEntry);
}

export function selectOutbox({ fake }: Desk, form: Form): object {
  checkAddress(fake);
  const [from, to] = readSpan(form);
  return outbox(fake, form)
    .filter(({ at }) => at >= from && at <= to)
    .slice(0, MOST)
    .map(messageEntry);
}

/** Newest first. */
export function latestOutbox({ fake }: Desk, form: Form): object {
  checkAddress(fake);
  const size = Math.min(Number(form['pagesize'] || MOST), MOST);
  return outbox(fake, form).toReversed().slice(0, size).map(messageEntry);
}

function outbox({ messages }: FakeKavenegar, { sender: line }: Form) {
  return line ? messages.filter(({ sender }) => sender === line) : messages;
}
