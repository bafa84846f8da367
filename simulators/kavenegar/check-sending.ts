import type { KavenegarSimulator } from './simulator.js';
import type { Form } from './read-fields.js';
import type { Receptor } from './receptor.js';
import { Refusal } from './results.js';

/** @throws Refusal 407 if the caller's IP address is not on the account's list */
export function checkAddress({ allowed }: KavenegarSimulator): void {
  if (!allowed) throw new Refusal(407);
}

/** The checks of valid messages, the same for verify/lookup and sms/send. @throws Refusal */
export function checkSending(simulator: KavenegarSimulator, { tag }: Form, receptors: readonly Receptor[]): void {
  if (tag && !simulator.tags.has(tag)) throw new Refusal(607);
  if (receptors.some(({ kind }) => kind === 'abroad')) checkAddress(simulator);
  if (simulator.refusal !== undefined) throw new Refusal(simulator.refusal);
}
