import { Code } from './codes.js';
import { accept } from './accept.js';
import type { Desk } from './fake-melipayamak.js';
import { partsOf } from './parts.js';
import { fillIn } from './pattern.js';
import { refuseAccount, refuseLine, refusePattern, refusePlain, refuseRecipients } from './refusal.js';

/** An id for each recipient in turn, or the code that says why nothing went out. */
export type Outcome = { recIds: string[] } | { code: number };

/** @param to national mobile numbers joined by commas */
export function sendPlain(desk: Desk, from: string, to: string, text: string): Outcome {
  const recipients = recipientsOf(to);
  const code =
    refuseAccount(desk.fake) ?? refuseRecipients(recipients) ?? refusePlain(desk.fake, from, text, recipients.length);
  return code === undefined ? dispatch(desk, 'plain', from, recipients, text) : { code };
}

export function sendPattern(desk: Desk, bodyId: number, to: string, variables: readonly string[]): Outcome {
  const { fake } = desk;
  const recipients = recipientsOf(to);
  const code =
    refuseAccount(fake) ?? refuseRecipients(recipients) ?? refusePattern(fake, bodyId, variables, recipients.length);
  if (code !== undefined) return { code };
  return sendFromServiceLine(desk, recipients, fillIn(fake.patterns.get(bodyId)?.text ?? '', variables));
}

/**
 * A code in words of the provider's own; which words is not documented.
 * @param from a line of ours; without one, the line that patterns go out on
 */
export function sendCode(desk: Desk, to: string, code: string, from?: string): Outcome {
  const { fake } = desk;
  const recipients = recipientsOf(to);
  const refused = refuseAccount(fake) ?? refuseRecipients(recipients);
  if (refused !== undefined) return { code: refused };
  if (code === '') return { code: Code.emptyText };
  const text = `کد تایید: ${code}`;
  if (from === undefined) return sendFromServiceLine(desk, recipients, text);
  const badLine = refuseLine(fake.lines, from);
  return badLine === undefined ? dispatch(desk, 'plain', from, recipients, text) : { code: badLine };
}

function sendFromServiceLine(desk: Desk, recipients: readonly string[], text: string): Outcome {
  const line = [...desk.fake.lines].find(([, kind]) => kind === 'service')?.[0];
  if (line === undefined) return { code: Code.lineNotDefined };
  return dispatch(desk, 'pattern', line, recipients, text);
}

function dispatch(
  desk: Desk,
  kind: 'pattern' | 'plain',
  from: string,
  recipients: readonly string[],
  text: string,
): Outcome {
  const { fake } = desk;
  const cost = partsOf(text) * recipients.length;
  if (fake.credit < cost) return { code: Code.noCredit };
  if (fake.trap) return { recIds: recipients.map(() => String(Code.notSent)) };
  fake.credit -= cost;
  return { recIds: recipients.map((to) => accept(desk, { kind, from, to: `+98${to.slice(1)}`, text })) };
}

function recipientsOf(to: string): string[] {
  return to === '' ? [] : to.split(',');
}
