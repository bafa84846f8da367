import { createHash, createHmac } from 'node:crypto';
import { type Fault, applyFault, serve } from './serve.js';

export interface TelegramCall {
  method: string;
  parameters: Record<string, unknown>;
}

interface TelegramRequest {
  id: string;
  phone: string;
  code: string | undefined;
  status: string | undefined;
  callbackUrl: string | undefined;
  payload: string | undefined;
}

export interface TelegramGatewaySimulator {
  url: string;
  token: string;
  calls: TelegramCall[];
  /** Every request for a code, whether or not a message followed. */
  requests: TelegramRequest[];
  /** E.164. */
  phonesWithoutTelegram: Set<string>;
  /** In US dollars; a message costs 0.01. */
  balance: number;
  /** Applies to every call, which then does nothing. */
  fault: Fault | undefined;
  /** Faults by method. They take precedence over `fault`. */
  faults: Map<string, Fault>;
  /** This many of the next messages are sent, but their connection breaks without an answer. */
  answersToLose: number;
  /** Called with each message after it is sent and before it is answered. */
  beforeAnswer: ((message: TelegramRequest) => Promise<unknown>) | undefined;
  /** Changes the status of the last message to a phone, and reports it. @returns the status of the answer; 0: none. */
  report(phone: string, status: string, change?: { at?: number; token?: string }): Promise<number>;
  close(): Promise<void>;
}

/**
 * The part of Telegram's Gateway API that a gateway calls (core.telegram.org/gateway/api). The names of errors are those
 * that public clients handle, because the documentation does not list them.
 */
export async function startTelegramGatewaySimulator(): Promise<TelegramGatewaySimulator> {
  const served = await serve(async (request, body, response) => {
    const method = (request.url ?? '/').slice(1);
    const parameters = JSON.parse(body || '{}') as Record<string, unknown>;
    simulator.calls.push({ method, parameters });
    if (await applyFault(simulator.faults.get(method) ?? simulator.fault, response)) return;
    const answer =
      request.headers.authorization === `Bearer ${simulator.token}`
        ? callMethod(method, parameters)
        : 'ACCESS_TOKEN_INVALID';
    if (method === 'sendVerificationMessage' && simulator.answersToLose > 0) {
      simulator.answersToLose -= 1;
      return void response.destroy();
    }
    if (method === 'sendVerificationMessage') {
      const sent = simulator.requests.find(({ id }) => id === parameters['request_id']);
      if (sent) await simulator.beforeAnswer?.(sent);
    }
    const result = typeof answer === 'string' ? { ok: false, error: answer } : { ok: true, result: answer };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result));
  });
  const simulator: TelegramGatewaySimulator = {
    url: served.url,
    token: 'AAEEGInventedTokenOfTelegram',
    calls: [],
    requests: [],
    phonesWithoutTelegram: new Set(),
    balance: 10,
    fault: undefined,
    faults: new Map(),
    answersToLose: 0,
    beforeAnswer: undefined,
    report,
    close: served.close,
  };
  return simulator;

  function callMethod(method: string, parameters: Record<string, unknown>): object | string {
    if (method === 'checkVerificationStatus') {
      const found = simulator.requests.find(({ id }) => id === parameters['request_id']);
      return found ? statusOf(found) : 'REQUEST_ID_INVALID';
    }
    const phone = String(parameters['phone_number']);
    if (!/^\+[1-9]\d{6,14}$/.test(phone)) return 'PHONE_NUMBER_INVALID';
    if (simulator.phonesWithoutTelegram.has(phone)) return 'PHONE_NUMBER_NOT_FOUND';
    if (method === 'checkSendAbility') return charged(phone);
    if (method !== 'sendVerificationMessage') return 'METHOD_NOT_FOUND';
    const { request_id: id, code, ttl, callback_url: callbackUrl, payload } = parameters;
    if (!/^\d{4,8}$/.test(String(code))) return 'CODE_INVALID';
    if (ttl !== undefined && !(Number(ttl) >= 30 && Number(ttl) <= 3_600)) return 'TTL_INVALID';
    const found = simulator.requests.find((one) => one.id === id && one.phone === phone);
    if (!found) return 'REQUEST_ID_INVALID';
    if (found.code !== undefined) return 'MESSAGE_ALREADY_SENT';
    Object.assign(found, { code: String(code), status: 'sent', callbackUrl, payload });
    return statusOf(found);
  }

  function charged(phone: string): object | string {
    if (simulator.balance < 0.01) return 'BALANCE_NOT_ENOUGH';
    simulator.balance -= 0.01;
    const id = String(111_000_000_000_000 + simulator.requests.length);
    const one = { id, phone, code: undefined, status: undefined, callbackUrl: undefined, payload: undefined };
    simulator.requests.push(one);
    return statusOf(one);
  }

  function statusOf({ id, phone, status, payload }: TelegramRequest): object {
    return {
      request_id: id,
      phone_number: phone.slice(1),
      request_cost: 0.01,
      remaining_balance: simulator.balance,
      ...(status ? { delivery_status: { status, updated_at: Math.floor(Date.now() / 1000) } } : {}),
      ...(payload ? { payload } : {}),
    };
  }

  async function report(phone: string, status: string, change: { at?: number; token?: string } = {}): Promise<number> {
    const found = simulator.requests.findLast((one) => one.phone === phone && one.code !== undefined);
    if (!found) throw new Error('no message was sent to this phone');
    found.status = status;
    if (!found.callbackUrl) return 0;
    const body = JSON.stringify(statusOf(found));
    const time = String(change.at ?? Math.floor(Date.now() / 1000));
    const key = createHash('sha256')
      .update(change.token ?? simulator.token)
      .digest();
    const signature = createHmac('sha256', key).update(`${time}\n${body}`).digest('hex');
    const headers = {
      'content-type': 'application/json',
      'x-request-timestamp': time,
      'x-request-signature': signature,
    };
    return fetch(found.callbackUrl, { method: 'POST', headers, body }).then(
      ({ status: answered }) => answered,
      () => 0,
    );
  }
}
