import { Code } from './codes.js';
import type { Desk } from './fake-melipayamak.js';
import { type Fields, textField } from './read-body.js';
import { refuseAccess } from './refusal.js';
import { type Outcome, sendCode, sendPattern, sendPlain } from './send.js';
import { UNKNOWN } from './states.js';

interface Answer {
  Value: string;
  RetStatus: number;
  StrRetStatus: string;
}

/** Rial, as far as anybody wrote one down. */
const BASE_PRICE = '145';

const METHODS: Record<string, (desk: Desk, fields: Fields) => Answer> = {
  SendSMS: (desk, fields) =>
    told(sendPlain(desk, textField(fields, 'from'), textField(fields, 'to'), textField(fields, 'text'))),
  BaseServiceNumber(desk, fields) {
    // A `;` inside a variable begins the next one here, as it does there.
    const variables = textField(fields, 'text').split(';');
    return told(sendPattern(desk, Number(textField(fields, 'bodyId')), textField(fields, 'to'), variables));
  },
  SendOtp: (desk, fields) =>
    told(sendCode(desk, textField(fields, 'to'), textField(fields, 'code'), textField(fields, 'from'))),
  // Of an unknown recId the answer is not documented.
  GetDeliveries2: ({ fake }, fields) =>
    ok(String(fake.messages.find(({ recId }) => recId === textField(fields, 'recId'))?.state ?? UNKNOWN)),
  GetCredit: ({ fake }) => ok(String(fake.credit)),
  GetBasePrice: () => ok(BASE_PRICE),
  // The layout is not documented. Public lines belong to nobody and are not listed.
  GetUserNumbers: ({ fake }) =>
    ok([...fake.lines].flatMap(([number, kind]) => (kind === 'public' ? [] : number)).join(',')),
};

export function isRestMethod(method: string): boolean {
  return Object.hasOwn(METHODS, method);
}

/** What the REST interface says; the HTTP status is 200 whatever it is. */
export function answerRest(desk: Desk, method: string, fields: Fields): string {
  const refused = refuseAccess(desk.fake, textField(fields, 'username'), textField(fields, 'password'));
  if (refused === undefined) return JSON.stringify(METHODS[method]?.(desk, fields));
  const failure = failed(refused);
  const hidden = method === 'GetCredit' && refused === Code.badCredentials;
  return JSON.stringify(hidden ? { ...failure, Value: 'NULL' } : failure);
}

function told(outcome: Outcome): Answer {
  return 'code' in outcome ? failed(outcome.code) : ok(outcome.recIds.join(','));
}

function ok(Value: string): Answer {
  return { Value, RetStatus: 1, StrRetStatus: 'Ok' };
}

/** Only `Value` is documented; that the status repeats it, or is 35 below zero, is how the fixtures have it. */
function failed(code: number): Answer {
  return { Value: String(code), RetStatus: code < 0 ? 35 : code, StrRetStatus: 'InvalidData' };
}
