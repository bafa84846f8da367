import { randomInt } from 'node:crypto';
import { Code, textOf } from './codes.js';
import type { Desk } from './fake-melipayamak.js';
import { type Fields, textField, textList } from './read-body.js';
import { type Outcome, sendCode, sendPattern, sendPlain } from './send.js';
import { UNKNOWN, wordingOf } from './states.js';

const SUCCESS = 'عملیات موفق';
const MAX_REC_IDS = 100;

type Act = (desk: Desk, body: Fields) => string;

const METHODS: Record<string, { verb: 'GET' | 'POST'; act: Act }> = {
  'send/shared': {
    verb: 'POST',
    act(desk, body) {
      const bodyId = typeof body['bodyId'] === 'number' ? body['bodyId'] : Number.NaN;
      return told(sendPattern(desk, bodyId, textField(body, 'to'), textList(body, 'args')));
    },
  },
  'send/simple': {
    verb: 'POST',
    act: (desk, body) => told(sendPlain(desk, textField(body, 'from'), textField(body, 'to'), textField(body, 'text'))),
  },
  'send/otp': {
    verb: 'POST',
    act(desk, body) {
      const invented = String(randomInt(100_000, 1_000_000));
      const failure = failureOf(sendCode(desk, textField(body, 'to'), invented));
      return otp(failure === undefined ? invented : '', failure ?? SUCCESS);
    },
  },
  'receive/status': { verb: 'POST', act: ({ fake }, body) => statuses(textList(body, 'recIds'), fake.messages) },
  'receive/credit': {
    verb: 'GET',
    act: ({ fake }) => JSON.stringify({ amount: Math.trunc(fake.credit), status: '' }),
  },
  'receive/messages': {
    verb: 'POST',
    act({ fake }, body) {
      const from = Number(body['index'] ?? 0);
      const arrived = body['type'] === 'in' ? fake.inbox : [];
      const messages = arrived
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

/**
 * What the console says. Failures are 200 too, except for the wrong token: what comes then is not documented, and we
 * answer with 401 and a page that is no JSON. `send/otp` is known to say it in Persian.
 */
export function answerConsole(desk: Desk, method: string, token: string, body: Fields): Said {
  if (token === desk.fake.consoleToken) return json(METHODS[method]?.act(desk, body) ?? '');
  if (method === 'send/otp') return json(otp('', 'توکن نامعتبر است'));
  return { status: 401, contentType: 'text/html; charset=utf-8', body: '<html><body><h1>401</h1></body></html>' };
}

interface Said {
  status: number;
  contentType: string;
  body: string;
}

function json(body: string): Said {
  return { status: 200, contentType: 'application/json; charset=utf-8', body };
}

/** By hand: the recId is a bare number that JavaScript cannot hold. */
function told(outcome: Outcome): string {
  const failure = failureOf(outcome);
  const recId = failure === undefined && 'recIds' in outcome ? outcome.recIds[0] : '0';
  return `{"recId":${recId},"status":${JSON.stringify(failure ?? SUCCESS)}}`;
}

function otp(code: string, status: string): string {
  return JSON.stringify({ code, status });
}

/** The Persian for what went wrong, if something did. */
function failureOf(outcome: Outcome): string | undefined {
  if ('code' in outcome) return textOf(outcome.code);
  return outcome.recIds[0] === String(Code.notSent) ? textOf(Code.notSent) : undefined;
}

function statuses(recIds: readonly string[], messages: Desk['fake']['messages']): string {
  if (recIds.length === 0 || recIds.length > MAX_REC_IDS)
    return JSON.stringify({ results: [], resultsAsCode: [], status: 'ورودی نامعتبر است' });
  const states = recIds.map((asked) => messages.find(({ recId }) => recId === asked)?.state ?? UNKNOWN);
  return JSON.stringify({ results: states.map(wordingOf), resultsAsCode: states, status: SUCCESS });
}
