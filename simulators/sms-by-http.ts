import type { Clock } from './clock.js';
import { type Fault, applyFault, serve } from './serve.js';

export interface SentSms {
  id: string;
  phone: string;
  text: string;
  status: string;
}

export interface SmsByHttpSimulator {
  url: string;
  /** Requests, whatever their answer: path, headers and fields. */
  calls: { path: string; headers: Record<string, string | string[] | undefined>; body: string }[];
  messages: SentSms[];
  /** Refuses the next messages with this code of the provider. */
  refusal: string | undefined;
  /** Eskiz: the token that is accepted now. */
  token: string;
  fault: Fault | undefined;
  close(): Promise<void>;
}

export interface SmsByHttpOptions {
  clock?: Pick<Clock, 'after'>;
  /** Called for each message that is accepted. */
  onMessage?: (message: SentSms) => void;
  /** After this time, a message has the status that `finalStatus` returns, in the words of its provider. Without it, no status changes. */
  statusDelayMs?: number;
  finalStatus?: (phone: string) => string | undefined;
}

export const SMS_BY_HTTP_KEY = 'kz0123456789abcdef';

/**
 * The methods of six SMS providers that HTTP channels are described for: Mobizon (mobizon.kz/help/api-docs/message), SMSC
 * (smsc.kz/api/http/send), SMS.ru (sms.ru/api/send), SMS.ir (apidocs.sms.ir), and SMSPro of Nikita and Eskiz, whose public
 * clients show their methods.
 */
export async function startSmsByHttpSimulator({
  clock,
  onMessage,
  statusDelayMs = 0,
  finalStatus,
}: SmsByHttpOptions = {}): Promise<SmsByHttpSimulator> {
  const served = await serve(async (request, body, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    simulator.calls.push({ path: pathname, headers: request.headers, body });
    if (await applyFault(simulator.fault, response)) return;
    const form = new URLSearchParams(body);
    const id = /^\/v1\/send\/(\d+)$/.exec(pathname)?.[1];
    const method = METHODS[id === undefined ? pathname : '/v1/send/{id}'];
    const { status = 200, text } = method
      ? method({
          form,
          query: searchParams,
          body,
          id,
          bearer: request.headers.authorization,
          key: request.headers['x-api-key'],
        })
      : { status: 404, text: 'not found' };
    response.writeHead(status, { 'content-type': 'text/html' }).end(text);
  });
  const simulator: SmsByHttpSimulator = {
    url: served.url,
    calls: [],
    messages: [],
    refusal: undefined,
    token: 'eskiz-token-1',
    fault: undefined,
    close: served.close,
  };

  interface Call {
    form: URLSearchParams;
    query: URLSearchParams;
    body: string;
    /** At the end of the path. */
    id: string | undefined;
    bearer: string | undefined;
    key: string | string[] | undefined;
  }
  const json = (value: unknown, status = 200) => ({ status, text: JSON.stringify(value) });
  const xml = (content: string) => ({
    text: `<?xml version="1.0" encoding="UTF-8"?>\n<response xmlns="http://Giper.mobi/schema/Message">${content}</response>`,
  });
  const element = (body: string, name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1] ?? '';
  const add = (
    phone: string,
    text: string,
    id = String(9_007_199_254_740_993n + BigInt(simulator.messages.length)),
  ) => {
    const message: SentSms = { id, phone: phone.replace(/^\+/, ''), text, status: 'new' };
    simulator.messages.push(message);
    onMessage?.(message);
    clock?.after(statusDelayMs, () => (message.status = finalStatus?.(message.phone) ?? message.status));
    return id;
  };
  const statusOf = (id: string | null | undefined) => simulator.messages.find((message) => message.id === id)?.status;

  const METHODS: Record<string, (call: Call) => { status?: number; text: string }> = {
    '/service/Message/SendSmsMessage'({ form, query }) {
      if (query.get('apiKey') !== SMS_BY_HTTP_KEY) return json({ code: 8, data: [], message: 'auth' });
      if (simulator.refusal) return json({ code: Number(simulator.refusal), data: [], message: 'refused' });
      const messageId = add(form.get('recipient') ?? '', form.get('text') ?? '');
      // A number above 2^53, unquoted.
      return { text: `{"code":0,"data":{"campaignId":1,"messageId":${messageId},"status":2},"message":""}` };
    },
    '/service/Message/GetSMSStatus': ({ form }) =>
      json({ code: 0, data: [{ id: form.get('ids[0]'), status: statusOf(form.get('ids[0]')) }] }),
    '/service/User/GetOwnBalance': ({ query }) =>
      query.get('apiKey') === SMS_BY_HTTP_KEY
        ? json({ code: 0, data: { balance: '2500.50', currency: 'KZT' } })
        : json({ code: 8, data: [], message: 'auth' }),
    '/api/message'({ body }) {
      if (element(body, 'pwd') !== 'pa&amp;ss') return xml('<status>2</status>');
      if (simulator.refusal) return xml(`<status>${simulator.refusal}</status>`);
      const id = add(element(body, 'phone'), element(body, 'text'), element(body, 'id'));
      return xml(`<id>${id}</id><status>0</status><phones>1</phones><smscnt>1</smscnt>`);
    },
    '/api/dr'({ body }) {
      const report = statusOf(element(body, 'id'));
      return xml(`<status>0</status><phone><number>996700000003</number><report>${report}</report></phone>`);
    },
    '/sys/send.php'({ form }) {
      if (form.get('psw') !== 'pa&ss') return json({ error: 'authorise error', error_code: 2 });
      if (simulator.refusal) return json({ error: 'refused', error_code: Number(simulator.refusal) });
      const id = add(form.get('phones') ?? '', form.get('mes') ?? '', String(simulator.messages.length + 1));
      return json({ id: Number(id), cnt: 1 });
    },
    '/api/auth/login': ({ form }) =>
      form.get('password') === 'pa&ss'
        ? json({ message: 'token_generated', data: { token: simulator.token } })
        : json({ message: 'invalid' }, 401),
    '/api/message/sms/send'({ form, bearer }) {
      if (bearer !== `Bearer ${simulator.token}`) return json({ message: 'Expired' }, 401);
      return json({ id: add(form.get('mobile_phone') ?? '', form.get('message') ?? ''), status: 'waiting' });
    },
    // SMS.ru: the code of the request, and one of each message, by phone or by ID.
    '/sms/send'({ form }) {
      if (form.get('api_id') !== SMS_BY_HTTP_KEY)
        return json({ status: 'ERROR', status_code: 200, status_text: 'refused' });
      const phone = form.get('to') ?? '';
      const one = simulator.refusal
        ? { status: 'ERROR', status_code: Number(simulator.refusal), status_text: `refused: ${phone}` }
        : {
            status: 'OK',
            status_code: 100,
            sms_id: add(phone, form.get('msg') ?? '', `202648-${1_000_000 + simulator.messages.length}`),
          };
      return json({ status: 'OK', status_code: 100, sms: { [phone]: one }, balance: 4122.56 });
    },
    '/sms/status'({ form }) {
      const id = form.get('sms_id') ?? '';
      const one = { status: 'OK', status_code: Number(statusOf(id) ?? -1), cost: '4.50' };
      return json({ status: 'OK', status_code: 100, sms: { [id]: one }, balance: 4122.56 });
    },
    '/my/balance': ({ form }) =>
      form.get('api_id') === SMS_BY_HTTP_KEY
        ? json({ status: 'OK', status_code: 100, balance: 4122.56 })
        : json({ status: 'ERROR', status_code: 200 }),
    // SMS.ir
    '/v1/send/verify'({ body, key }) {
      if (key !== SMS_BY_HTTP_KEY) return json({ status: 10, message: 'refused', data: null }, 401);
      if (simulator.refusal) return json({ status: Number(simulator.refusal), message: 'refused', data: null }, 400);
      const { mobile, templateId, parameters } = JSON.parse(body) as {
        mobile: string;
        templateId: unknown;
        parameters: { name: string; value: string }[];
      };
      if (!/^0?9\d{9}$/.test(mobile)) return json({ status: 104, message: 'refused', data: null }, 400);
      if (typeof templateId !== 'number') return json({ status: 16, message: 'refused', data: null }, 400);
      const id = String(89_545_112 + simulator.messages.length);
      add(`98${mobile.replace(/^0/, '')}`, parameters[0]?.value ?? '', id);
      return json({ status: 1, message: 'موفق', data: { messageId: Number(id), cost: 1 } });
    },
    '/v1/send/{id}': ({ id }) =>
      json({ status: 1, message: 'موفق', data: { messageId: Number(id), deliveryState: Number(statusOf(id)) } }),
    '/v1/credit': ({ key }) =>
      key === SMS_BY_HTTP_KEY
        ? json({ status: 1, message: 'موفق', data: 1586.5 })
        : json({ status: 10, data: null }, 401),
  };
  return simulator;
}
