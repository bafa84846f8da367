import { countSmsParts } from '../count-sms-parts.js';
import { acceptMessage } from './accept-message.js';
import { fillIn } from './pattern.js';
import { checkAccount, checkLine, checkPattern, checkPlain, checkRecipients } from './refusals.js';
import { Code } from './result-codes.js';
import type { Context } from './simulator.js';

/** One ID for each recipient, in order, or the code of the refusal. */
export type SendOutcome = { recIds: string[] } | { code: number };

/** `to` contains national mobile numbers, joined by commas. */
export interface PlainRequest {
  from: string;
  to: string;
  text: string;
}

export function sendPlain({ from, to, text }: PlainRequest, context: Context): SendOutcome {
  const { simulator } = context;
  const recipients = recipientsOf(to);
  const code =
    checkAccount(simulator) ??
    checkRecipients(recipients) ??
    checkPlain({ from, text, recipients: recipients.length }, simulator);
  return code === undefined ? dispatch({ kind: 'plain', from, recipients, text }, context) : { code };
}

export interface PatternRequest {
  bodyId: number;
  to: string;
  variables: readonly string[];
}

export function sendPattern({ bodyId, to, variables }: PatternRequest, context: Context): SendOutcome {
  const { simulator } = context;
  const recipients = recipientsOf(to);
  const code =
    checkAccount(simulator) ??
    checkRecipients(recipients) ??
    checkPattern({ bodyId, variables, recipients: recipients.length }, simulator);
  if (code !== undefined) return { code };
  const text = fillIn(simulator.patterns.get(bodyId)?.text ?? '', variables);
  return sendFromServiceLine({ recipients, text }, context);
}

export interface CodeRequest {
  to: string;
  code: string;
  /** Default: the line that patterns are sent from. */
  from?: string;
}

/** Sends a code in a text of the provider. The real text is not documented. */
export function sendCode({ to, code, from }: CodeRequest, context: Context): SendOutcome {
  const { simulator } = context;
  const recipients = recipientsOf(to);
  const refused = checkAccount(simulator) ?? checkRecipients(recipients);
  if (refused !== undefined) return { code: refused };
  if (code === '') return { code: Code.emptyText };
  const text = `کد تایید: ${code}`;
  if (from === undefined) return sendFromServiceLine({ recipients, text }, context);
  const badLine = checkLine(simulator, from);
  return badLine === undefined ? dispatch({ kind: 'plain', from, recipients, text }, context) : { code: badLine };
}

interface Dispatch {
  kind: 'pattern' | 'plain';
  from: string;
  recipients: readonly string[];
  text: string;
}

function sendFromServiceLine(message: Pick<Dispatch, 'recipients' | 'text'>, context: Context): SendOutcome {
  const line = [...context.simulator.lines].find(([, kind]) => kind === 'service')?.[0];
  if (line === undefined) return { code: Code.lineNotDefined };
  return dispatch({ kind: 'pattern', from: line, ...message }, context);
}

function dispatch({ kind, from, recipients, text }: Dispatch, context: Context): SendOutcome {
  const { simulator } = context;
  const cost = countSmsParts(text) * recipients.length;
  if (simulator.credit < cost) return { code: Code.noCredit };
  if (simulator.trap) return { recIds: recipients.map(() => String(Code.notSent)) };
  simulator.credit -= cost;
  return { recIds: recipients.map((to) => acceptMessage({ kind, from, to: `+98${to.slice(1)}`, text }, context)) };
}

function recipientsOf(to: string): string[] {
  return to === '' ? [] : to.split(',');
}
