import { randomInt } from 'node:crypto';
import { UNKNOWN, wordingOf } from './delivery-states.js';
import { type Fields, textField, textList } from './read-body.js';
import { Code, textOf } from './result-codes.js';
import { type SendOutcome, sendCode, sendPattern, sendPlain } from './send.js';
import type { Context, MelipayamakMessage } from './simulator.js';

const SUCCESS = 'عملیات موفق';
const MAX_REC_IDS = 100;

type Method = (body: Fields, context: Context) => string;

const METHODS: Record<string, { verb: 'GET' | 'POST'; run: Method }> = {
  'send/shared': {
    verb: 'POST',
    run(body, context) {
      const bodyId = typeof body['bodyId'] === 'number' ? body['bodyId'] : Number.NaN;
      const request = { bodyId, to: textField(body, 'to'), variables: textList(body, 'args') };
      return printOutcome(sendPattern(request, context));
    },
  },
  'send/simple': {
    verb: 'POST',
    run(body, context) {
      const request = { from: textField(body, 'from'), to: textField(body, 'to'), text: textField(body, 'text') };
      return printOutcome(sendPlain(request, context));
    },
  },
  'send/otp': {
    verb: 'POST',
    run(body, context) {
      const code = String(randomInt(100_000, 1_000_000));
      const failure = failureText(sendCode({ to: textField(body, 'to'), code }, context));
      return printCode(failure === undefined ? code : '', failure ?? SUCCESS);
    },
  },
  'receive/status': {
    verb: 'POST',
    run: (body, { simulator }) => printStates(textList(body, 'recIds'), simulator.messages),
  },
  'receive/credit': {
    verb: 'GET',
    run: (_, { simulator }) => JSON.stringify({ amount: Math.trunc(simulator.credit), status: '' }),
  },
  'receive/messages': {
    verb: 'POST',
    run(body, { simulator }) {
      const from = Number(body['index'] ?? 0);
      const received = body['type'] === 'in' ? simulator.inbox : [];
      const messages = received
        .filter(({ number }) => number === textField(body, 'number'))
        .slice(from, from + Number(body['count'] ?? 0))
        .map(({ sender, body, sendDate }) => ({ sender, body, sendDate }));
      return JSON.stringify({ messages, status: '' });
    },
  },
};

export function consoleVerb(method: string): 'GET' | 'POST' | undefined {
  return Object.hasOwn(METHODS, method) ? METHODS[method]?.verb : undefined;
}

interface ConsoleAnswer {
  status: number;
  contentType: string;
  body: string;
}

/**
 * Calls a method of the console API. Failures have status 200 too. The answer to a wrong token is not documented: it is
 * 401 with an HTML page here, but an error text for `send/otp`, as recorded.
 */
export function callConsole(
  { method, token, body }: { method: string; token: string; body: Fields },
  context: Context,
): ConsoleAnswer {
  if (token === context.simulator.consoleToken) return json(METHODS[method]?.run(body, context) ?? '');
  if (method === 'send/otp') return json(printCode('', 'توکن نامعتبر است'));
  return { status: 401, contentType: 'text/html; charset=utf-8', body: '<html><body><h1>401</h1></body></html>' };
}

function json(body: string): ConsoleAnswer {
  return { status: 200, contentType: 'application/json; charset=utf-8', body };
}

/** Not by JSON.stringify: the recId is a number that JavaScript cannot hold. */
function printOutcome(outcome: SendOutcome): string {
  const failure = failureText(outcome);
  const recId = failure === undefined && 'recIds' in outcome ? outcome.recIds[0] : '0';
  return `{"recId":${recId},"status":${JSON.stringify(failure ?? SUCCESS)}}`;
}

function printCode(code: string, status: string): string {
  return JSON.stringify({ code, status });
}

/** The Persian text of a failure. Undefined if the message was sent. */
function failureText(outcome: SendOutcome): string | undefined {
  if ('code' in outcome) return textOf(outcome.code);
  return outcome.recIds[0] === String(Code.notSent) ? textOf(Code.notSent) : undefined;
}

function printStates(recIds: readonly string[], messages: readonly MelipayamakMessage[]): string {
  if (recIds.length === 0 || recIds.length > MAX_REC_IDS)
    return JSON.stringify({ results: [], resultsAsCode: [], status: 'ورودی نامعتبر است' });
  const states = recIds.map((asked) => messages.find(({ recId }) => recId === asked)?.state ?? UNKNOWN);
  return JSON.stringify({ results: states.map(wordingOf), resultsAsCode: states, status: SUCCESS });
}
