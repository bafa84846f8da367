import { randomInt } from 'node:crypto';
import { vi } from 'vitest';
import type { ChannelName } from '../../src/config/config.js';
import { type GreenApiSimulator, type GreenApiOptions, startGreenApiSimulator } from '../../simulators/green-api.js';
import { type KavenegarSimulator, type KavenegarOptions, startKavenegarSimulator } from '../../simulators/kavenegar.js';
import {
  type MelipayamakSimulator,
  type MelipayamakOptions,
  startMelipayamakSimulator,
} from '../../simulators/melipayamak.js';
import { requestOtp as requestOtpAs } from './calls.js';
import { WEBHOOK_TOKEN } from './config.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from './gateway.js';
import { connectSocket } from './watch.js';

export { WEBHOOK_TOKEN } from './config.js';
export { allowResend as ageResend, readDeliveries as smsLog } from './rows.js';

/** A request to a provider to send a code, whatever its outcome. */
export interface Asked {
  channel: ChannelName;
  /** E.164. */
  phone: string;
  code: string;
  /** The text that the gateway sent, or the provider's name of the approved template. */
  text: string;
  /** By `performance.now()`. */
  at: number;
}

/** All providers, each as its own server, with all requests to them in order. */
export interface Providers {
  greenApi: GreenApiSimulator;
  kavenegar: KavenegarSimulator;
  melipayamak: MelipayamakSimulator;
  asked: Asked[];
  askedFor(phone: string): Asked[];
  /** Called at once for each request, before the provider acts on it. */
  onAsked: ((asked: Asked) => void) | undefined;
  /** The times at which requests for the state of the instance arrived, by `performance.now()`. */
  stateAskedAt: number[];
  /** The environment of a gateway that uses all of them. */
  env: Record<string, string>;
  close(): Promise<void>;
}

export interface ProviderOptions {
  /** Speed of the providers' clocks. */
  speed?: number;
  greenApi?: GreenApiOptions;
  kavenegar?: KavenegarOptions;
  melipayamak?: MelipayamakOptions;
}

export const CALLBACK_SECRET = 'VRcKdAuDtGN76ia5Fbvq29pZ';
/** Without the console channel, so that only providers send messages. Behind a proxy, which `requestOtp` plays. */
export const PRODUCTION = { NODE_ENV: 'production', TRUSTED_PROXY_HOPS: '1' };

let clients = 0;

/** Requests a code from a network that no request had before. Production limits those of one network. */
export const requestOtp: typeof requestOtpAs = (url, input, headers) => {
  clients += 1;
  return requestOtpAs(url, input, {
    'x-forwarded-for': `10.${(clients >> 8) & 255}.${clients & 255}.1`,
    ...headers,
  });
};

/** Every channel that reaches a country is on its route, so that a message can fail over several times. */
const EVERY_CHANNEL =
  'IR=kavenegar-verify,kavenegar-sms,melipayamak,green-api;*=green-api,kavenegar-verify,kavenegar-sms';

export async function startProviders({ speed = 100, ...options }: ProviderOptions = {}): Promise<Providers> {
  const [greenApi, kavenegar, melipayamak] = await Promise.all([
    startGreenApiSimulator({
      speed,
      idInstance: String(1_101_000_002 + randomInt(8_000_000)), // the state of an instance is stored in the database
      ...options.greenApi,
      settings: {
        outgoingWebhook: 'yes',
        stateWebhook: 'yes',
        webhookUrlToken: WEBHOOK_TOKEN,
        ...options.greenApi?.settings,
      },
    }),
    startKavenegarSimulator({ speed, ...options.kavenegar }),
    startMelipayamakSimulator({ speed, ...options.melipayamak }),
  ]);
  const asked: Asked[] = [];
  const stateAskedAt: number[] = [];
  hear(asked, (one) => providers.onAsked?.(one));
  hear(greenApi.calls, ({ method, body }) => {
    const at = performance.now();
    if (method === 'getstateinstance') stateAskedAt.push(at);
    if (method !== 'sendmessage') return;
    const text = String(body['message']);
    asked.push({
      channel: 'green-api',
      phone: `+${String(body['chatId']).split('@')[0]}`,
      code: codeIn(text),
      text,
      at,
    });
  });
  hear(kavenegar.calls, ({ method, form }) => {
    const phone = e164Of(form['receptor'] ?? '');
    const at = performance.now();
    const { token = '', template = '', message = '' } = form;
    if (method === 'verify/lookup') asked.push({ channel: 'kavenegar-verify', phone, code: token, text: template, at });
    if (method === 'sms/send')
      asked.push({ channel: 'kavenegar-sms', phone, code: codeIn(message), text: message, at });
  });
  hear(melipayamak.calls, ({ method, body }) => {
    if (!['BaseServiceNumber', 'send/shared', 'SendSMS'].includes(method)) return;
    const {
      text = '',
      to = '',
      bodyId = text,
      args = [text],
    } = body as {
      text?: string;
      to?: string;
      bodyId?: string | number;
      args?: string[];
    };
    const phone = e164Of(to);
    asked.push({ channel: 'melipayamak', phone, code: codeIn(`${args[0]}`), text: `${bodyId}`, at: performance.now() });
  });
  const providers: Providers = {
    greenApi,
    kavenegar,
    melipayamak,
    asked,
    askedFor: (phone) => asked.filter((one) => one.phone === phone),
    onAsked: undefined,
    stateAskedAt,
    env: {
      GREEN_API_URL: greenApi.url,
      GREEN_API_ID_INSTANCE: greenApi.idInstance,
      GREEN_API_TOKEN: greenApi.token,
      GREEN_API_WEBHOOK_TOKEN: WEBHOOK_TOKEN,
      KAVENEGAR_URL: kavenegar.url,
      KAVENEGAR_API_KEY: kavenegar.apiKey,
      KAVENEGAR_TEMPLATE: 'myverification',
      KAVENEGAR_CALLBACK_SECRET: CALLBACK_SECRET,
      MELIPAYAMAK_URL: melipayamak.url,
      MELIPAYAMAK_CONSOLE_URL: melipayamak.url,
      MELIPAYAMAK_USERNAME: melipayamak.username,
      MELIPAYAMAK_PASSWORD: melipayamak.password,
      MELIPAYAMAK_BODY_ID: '524',
      DELIVERY_ROUTES: EVERY_CHANNEL,
    },
    close: async () => void (await Promise.all([greenApi.close(), kavenegar.close(), melipayamak.close()])),
  };
  return providers;
}

/** Providers with instances of the gateway on one database. The first instance gets Green API's webhooks. */
export interface Scene extends Providers {
  gateway: TestGateway;
  gateways: TestGateway[];
}

/** @param atTheEnd called at the end of the test; then everything is stopped. */
export async function setScene(
  database: Pick<TestDatabase, 'url'>,
  { env = {}, instances = 1, ...options }: ProviderOptions & { env?: Record<string, string>; instances?: number },
  atTheEnd: (act: () => Promise<void>) => void,
): Promise<Scene> {
  const providers = await startProviders(options);
  const gateways = await Promise.all(
    Array.from({ length: instances }, () => startGateway({ DATABASE_URL: database.url, ...providers.env, ...env })),
  );
  const [gateway] = gateways as [TestGateway];
  sendWebhooksTo(gateway, providers);
  atTheEnd(async () => {
    await Promise.all(gateways.map((one) => one.stop()));
    await providers.close();
  });
  return Object.assign(providers, { gateway, gateways });
}

/**
 * Databases for one test at a time. Creating one is slow, so a database that a test no longer uses is emptied and given
 * to the next test.
 */
export function createDatabases(): {
  take(atTheEnd: (act: () => Promise<void>) => void): Promise<TestDatabase>;
  drop(): Promise<void>;
} {
  const all: TestDatabase[] = [];
  const free: TestDatabase[] = [];
  return {
    async take(atTheEnd) {
      const database = free.pop() ?? (await createDatabase());
      if (!all.includes(database)) all.push(database);
      atTheEnd(async () => {
        await database.query('TRUNCATE users, login_attempts, sms_log, webhook_events, provider_accounts CASCADE');
        free.push(database);
      });
      return database;
    },
    drop: async () => void (await Promise.all(all.map((database) => database.drop()))),
  };
}

export function sendWebhooksTo({ url }: { url: string }, { greenApi, kavenegar }: Providers): void {
  greenApi.configure({ webhookUrl: `${url}/api/webhooks/greenapi/incoming` });
  kavenegar.callback = undefined; // it is polled, unless a test changes this
}

interface ReportedStatus {
  phone: string;
  /** Of the message. */
  id: string;
  status: string;
  /** Fields in which the event differs from those of Green API. */
  change?: object;
}

/** The webhook event by which Green API reports the status of a message. */
export function statusEvent(
  { idInstance, wid }: GreenApiSimulator,
  { phone, id, status, change = {} }: ReportedStatus,
): object {
  return {
    typeWebhook: 'outgoingMessageStatus',
    chatId: `${phone.slice(1)}@c.us`,
    instanceData: { idInstance: Number(idInstance), wid, typeInstance: 'whatsapp' },
    timestamp: Math.floor(Date.now() / 1000),
    idMessage: id,
    status,
    sendByApi: true,
    ...change,
  };
}

/** Waits until a check holds. The ten seconds are for a busy machine. */
export const eventually = <Value>(check: () => Value | Promise<Value>, withinMs = 30_000): Promise<Value> =>
  vi.waitFor(check, { timeout: withinMs, interval: 25 });

export interface SeenDelivery {
  channel: string;
  status: string;
  previousChannels: string[];
}

/** Watches the delivery over WebSocket; `seen` grows with each update. */
export function watchDelivery(
  { socketUrl }: TestGateway,
  { attemptId, secret }: { attemptId: string; secret: string },
): { seen: SeenDelivery[]; stop(): Promise<void> } {
  const client = connectSocket(socketUrl);
  const seen: SeenDelivery[] = [];
  const query = `subscription ($attemptId: ID!, $secret: String!) {
    loginAttemptStatus(attemptId: $attemptId, secret: $secret) { delivery { channel status previousChannels } }
  }`;
  const results = client.iterate<{ loginAttemptStatus: { delivery: SeenDelivery } }>({
    query,
    variables: { attemptId, secret },
  });
  const watching = (async () => {
    for await (const { data } of results) if (data) seen.push(data.loginAttemptStatus.delivery);
  })().catch(() => {}); // the gateway or the test has stopped
  return {
    seen,
    async stop() {
      await client.dispose();
      await watching;
    },
  };
}

const MOBILES = { KZ: ['+7701', 7], KG: ['+996700', 6], IR: ['+98912', 7] } as const;

/** A mobile number of a country that no other test of this run has used. Invented, as all numbers here. */
export function phoneIn(country: keyof typeof MOBILES): string {
  const [start, digits] = MOBILES[country];
  return start + String(randomInt(10 ** digits)).padStart(digits, '0');
}

/** The only run of digits that is long enough to be a code. */
export function codeIn(text: string): string {
  return /(?<!\d)\d{4,8}(?!\d)/.exec(text)?.[0] ?? '';
}

/** Converts `09…` or `00…`, the forms in requests to Iranian providers, to E.164. */
function e164Of(receptor: string): string {
  return receptor.replace(/^00/, '+').replace(/^0/, '+98');
}

/** Calls `tell` for each item that is added to a list from now on. */
function hear<Item>(list: Item[], tell: (item: Item) => void): void {
  const push = (...items: Item[]) => {
    for (const item of items) tell(item);
    return Array.prototype.push.apply(list, items);
  };
  Object.defineProperty(list, 'push', { value: push });
}
