import { UNKNOWN } from './delivery-states.js';
import { type Fields, textField } from './read-body.js';
import { checkAccess } from './refusals.js';
import { Code } from './result-codes.js';
import { type SendOutcome, sendCode, sendPattern, sendPlain } from './send.js';
import type { Context } from './simulator.js';

interface Answer {
  Value: string;
  RetStatus: number;
  StrRetStatus: string;
}

/** Probably in rials: the unit is not documented. */
const BASE_PRICE = '145';

const METHODS: Record<string, (fields: Fields, context: Context) => Answer> = {
  SendSMS: (fields, context) => answerOutcome(sendPlain(textFields(fields, 'from', 'to', 'text'), context)),
  BaseServiceNumber(fields, context) {
    const { bodyId, to, text } = textFields(fields, 'bodyId', 'to', 'text');
    // As in the real API, a `;` in a variable begins the next variable.
    return answerOutcome(sendPattern({ bodyId: Number(bodyId), to, variables: text.split(';') }, context));
  },
  SendOtp: (fields, context) => answerOutcome(sendCode(textFields(fields, 'to', 'code', 'from'), context)),
  // The answer for an unknown recId is not documented.
  GetDeliveries2: (fields, { simulator }) =>
    ok(String(simulator.messages.find(({ recId }) => recId === textField(fields, 'recId'))?.state ?? UNKNOWN)),
  GetCredit: (_, { simulator }) => ok(String(simulator.credit)),
  GetBasePrice: () => ok(BASE_PRICE),
  // The layout is not documented. Public lines belong to no account, so they are not listed.
  GetUserNumbers: (_, { simulator }) =>
    ok([...simulator.lines].flatMap(([number, kind]) => (kind === 'public' ? [] : number)).join(',')),
};

export function isRestMethod(method: string): boolean {
  return Object.hasOwn(METHODS, method);
}

/** Calls a method of the REST API. The HTTP status of its answer is always 200. */
export function callRest(method: string, fields: Fields, context: Context): string {
  const refused = checkAccess(textFields(fields, 'username', 'password'), context.simulator);
  if (refused === undefined) return JSON.stringify(METHODS[method]?.(fields, context));
  const failure = failed(refused);
  const hidden = method === 'GetCredit' && refused === Code.badCredentials;
  return JSON.stringify(hidden ? { ...failure, Value: 'NULL' } : failure);
}

function textFields<const Name extends string>(fields: Fields, ...names: Name[]): Record<Name, string> {
  return Object.fromEntries(names.map((name) => [name, textField(fields, name)])) as Record<Name, string>;
}

function answerOutcome(outcome: SendOutcome): Answer {
  return 'code' in outcome ? failed(outcome.code) : ok(outcome.recIds.join(','));
}

function ok(Value: string): Answer {
  return { Value, RetStatus: 1, StrRetStatus: 'Ok' };
}

/** Only `Value` is documented. In the fixtures, the status repeats it, or is 35 for a negative code. */
function failed(code: number): Answer {
  return { Value: String(code), RetStatus: code < 0 ? 35 : code, StrRetStatus: 'InvalidData' };
}
