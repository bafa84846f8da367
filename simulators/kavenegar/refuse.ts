import type { FakeKavenegar } from './fake-kavenegar.js';
import type { Form } from './fields.js';
import type { Receptor } from './receptor.js';
import { Refusal } from './results.js';

/** 407 where only an address on the account's list gets in. */
export function checkAddress({ allowed }: FakeKavenegar): void {
  if (!allowed) throw new Refusal(407);
}

/** What keeps a good message from going out, whether it is a lookup or a text of ours. */
export function checkSending(fake: FakeKavenegar, { tag }: Form, receptors: readonly Receptor[]): void {
  if (tag && !fake.tags.has(tag)) throw new Refusal(607);
  if (receptors.some(({ kind }) => kind === 'abroad')) checkAddress(fake);
  if (fake.refusal !== undefined) throw new Refusal(fake.refusal);
}
