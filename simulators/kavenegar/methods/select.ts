import { messageEntry } from '../message-entry.js';
import type { Context, KavenegarSimulator } from '../simulator.js';
import { type Form, readSpan, requiredLongs } from '../read-fields.js';
import { checkAddress } from '../check-sending.js';

const MAX_MESSAGES = 500;

/** Messages with their texts, only for IP addresses on the account's list. Unknown IDs are left out. */
export function select({ simulator }: Context, form: Form): object {
  checkAddress(simulator);
  const ids = requiredLongs(form, 'messageid', MAX_MESSAGES);
  return simulator.messages.filter(({ messageid }) => ids.includes(messageid)).map(messageEntry);
}

export function selectOutbox({ simulator }: Context, form: Form): object {
  checkAddress(simulator);
  const [from, to] = readSpan(form);
  return outbox(simulator, form)
    .filter(({ at }) => at >= from && at <= to)
    .slice(0, MAX_MESSAGES)
    .map(messageEntry);
}

/** Messages, newest first. */
export function latestOutbox({ simulator }: Context, form: Form): object {
  checkAddress(simulator);
  const size = Math.min(Number(form['pagesize'] || MAX_MESSAGES), MAX_MESSAGES);
  return outbox(simulator, form).toReversed().slice(0, size).map(messageEntry);
}

function outbox({ messages }: KavenegarSimulator, { sender: line }: Form) {
  return line ? messages.filter(({ sender }) => sender === line) : messages;
}
