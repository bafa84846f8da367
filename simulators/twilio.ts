import { createHmac } from 'node:crypto';
import { type Fault, applyFault, serve } from './serve.js';

export interface TwilioResource {
  sid: string;
  /** E.164. */
  to: string;
  /** The number, the sender or the messaging service. */
  from: string;
  /** The text, or the TwiML of a call. */
  body: string;
  status: string;
  errorCode: number | undefined;
  callback: string | undefined;
  form: URLSearchParams;
}

export interface TwilioSimulator {
  url: string;
  accountSid: string;
  authToken: string;
  keySid: string;
  keySecret: string;
  /** Requests, whatever their answer: method and path below the account. */
  calls: string[];
  /** Messages and calls. */
  created: TwilioResource[];
  /** In US dollars. Undefined: these credentials may not read it. */
  balance: number | undefined;
  /** The numbers of the account, and what each can do. */
  numbers: Map<string, { sms: boolean; voice: boolean }>;
  /** Refuses the next messages and calls with this code, as HTTP 400, or with this HTTP status. */
  refusal: { code: number; status?: number } | undefined;
  /** Applies to every call, which then does nothing. */
  fault: Fault | undefined;
  /** This many of the next messages are sent, but their connection breaks without an answer. */
  answersToLose: number;
  /** Called for each message before it is answered. */
  beforeAnswer: ((created: TwilioResource) => Promise<unknown>) | undefined;
  /** The address at which a public URL is reached, as a proxy in front of the gateway does. */
  addressOf: (publicUrl: string) => string;
  /** Changes the status of the last message or call to a phone, and reports it. @returns the status of the answer; 0: none. */
  report(phone: string, status: string, change?: { errorCode?: number; token?: string }): Promise<number>;
  close(): Promise<void>;
}

/**
 * The part of Twilio's REST API that a gateway calls: messages and calls (twilio.com/docs/messaging/api/message-resource,
 * twilio.com/docs/voice/api/call-resource), the balance and the numbers. Texts of errors repeat the phone, as Twilio's do.
 */
export async function startTwilioSimulator(): Promise<TwilioSimulator> {
  const hex = (value: number) => value.toString(16).padStart(32, '0');
  const served = await serve(async (request, body, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const path = pathname.replace(`/2010-04-01/Accounts/${simulator.accountSid}/`, '');
    simulator.calls.push(`${request.method} ${path}`);
    if (await applyFault(simulator.fault, response)) return;
    const { status, json } = isAllowed(request.headers.authorization)
      ? await answerTo({ method: `${request.method}`, path, query: searchParams, form: new URLSearchParams(body) })
      : { status: 401, json: error(20003, 401) };
    if (status === 0) return void response.destroy();
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
  });
  const simulator: TwilioSimulator = {
    url: served.url,
    accountSid: `AC${'0a1b2c3d'.repeat(4)}`,
    authToken: 'e4d909c290d0fb1ca068ffaddf22cbd0',
    keySid: `SK${'4e5f6a7b'.repeat(4)}`,
    keySecret: 'InventedSecretOfAnApiKeyOfTwilio',
    calls: [],
    created: [],
    balance: 20,
    numbers: new Map([['+15005550006', { sms: true, voice: true }]]),
    refusal: undefined,
    fault: undefined,
    answersToLose: 0,
    beforeAnswer: undefined,
    addressOf: (url) => url,
    report,
    close: served.close,
  };
  return simulator;

  function isAllowed(authorization: string | undefined): boolean {
    const { accountSid, authToken, keySid, keySecret } = simulator;
    return [`${accountSid}:${authToken}`, `${keySid}:${keySecret}`].some(
      (pair) => authorization === `Basic ${Buffer.from(pair).toString('base64')}`,
    );
  }

  function error(code: number, status: number, to = '') {
    return {
      code,
      message: `Invented text for ${to}`,
      more_info: `https://www.twilio.com/docs/errors/${code}`,
      status,
    };
  }

  async function answerTo(call: { method: string; path: string; query: URLSearchParams; form: URLSearchParams }) {
    const { method, path, query, form } = call;
    if (path === 'Balance.json')
      return simulator.balance === undefined
        ? { status: 401, json: error(20003, 401) }
        : { status: 200, json: { balance: simulator.balance.toFixed(2), currency: 'USD' } };
    if (path === 'IncomingPhoneNumbers.json') {
      const wanted = query.get('PhoneNumber');
      const found = [...simulator.numbers].filter(([number]) => wanted === null || number === wanted);
      return { status: 200, json: { incoming_phone_numbers: found.map(([, capabilities]) => ({ capabilities })) } };
    }
    if (method === 'POST' && (path === 'Messages.json' || path === 'Calls.json')) return create(path, form);
    const found = simulator.created.find(({ sid }) => path.endsWith(`/${sid}.json`));
    return found ? { status: 200, json: shown(found) } : { status: 404, json: error(20404, 404) };
  }

  async function create(path: string, form: URLSearchParams) {
    const to = form.get('To') ?? '';
    const from = form.get('From') ?? form.get('MessagingServiceSid') ?? '';
    const body = form.get('Body') ?? form.get('Twiml') ?? '';
    const { refusal } = simulator;
    const code =
      refusal?.code ?? (!/^\+[1-9]\d{6,14}$/.test(to) ? 21211 : from === '' ? 21603 : body === '' ? 21602 : undefined);
    if (code !== undefined) {
      const status = refusal?.status ?? 400;
      return { status, json: error(code, status, to) };
    }
    const created: TwilioResource = {
      sid: `${path === 'Calls.json' ? 'CA' : 'SM'}${hex(simulator.created.length + 1)}`,
      to,
      from,
      body,
      status: from.startsWith('MG') ? 'accepted' : 'queued',
      errorCode: undefined,
      callback: form.get('StatusCallback') ?? undefined,
      form,
    };
    simulator.created.push(created);
    const answer = { status: 201, json: shown(created) };
    await simulator.beforeAnswer?.(created);
    if (simulator.answersToLose === 0) return answer;
    simulator.answersToLose -= 1;
    return { ...answer, status: 0 };
  }

  function shown({ sid, to, from, body, status, errorCode }: TwilioResource): object {
    return { sid, to, from, body, status, error_code: errorCode ?? null, price: null };
  }

  async function report(phone: string, status: string, change: { errorCode?: number; token?: string } = {}) {
    const found = simulator.created.findLast(({ to }) => to === phone);
    if (!found) throw new Error('nothing was sent to this phone');
    Object.assign(found, { status, errorCode: change.errorCode });
    if (!found.callback) return 0;
    const kind = found.sid.startsWith('CA') ? 'Call' : 'Message';
    const fields: Record<string, string> = {
      [`${kind}Sid`]: found.sid,
      [`${kind}Status`]: status,
      AccountSid: simulator.accountSid,
      ApiVersion: '2010-04-01',
      From: found.from,
      To: found.to,
      ...(change.errorCode ? { ErrorCode: String(change.errorCode) } : {}),
    };
    const sorted = Object.keys(fields).toSorted();
    const signature = createHmac('sha1', change.token ?? simulator.authToken)
      .update(found.callback + sorted.map((name) => `${name}${fields[name]}`).join(''))
      .digest('base64');
    return fetch(simulator.addressOf(found.callback), {
      method: 'POST',
      headers: { 'x-twilio-signature': signature },
      body: new URLSearchParams(fields),
    }).then(
      ({ status: answered }) => answered,
      () => 0,
    );
  }
}
