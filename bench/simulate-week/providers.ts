import { startGreenApiSimulator } from '../../simulators/green-api.js';
import { startKavenegarSimulator } from '../../simulators/kavenegar.js';
import { startMelipayamakSimulator } from '../../simulators/melipayamak.js';
import { type HttpChannels, startHttpChannels } from './http-channels.js';
import type { SimulatedClock } from './clock.js';
import type { Random } from './random.js';

export type Provider = 'green-api' | 'kavenegar' | 'melipayamak' | 'mobizon' | 'smspro';
/** How a provider is down. `accepting`: it accepts messages and delivers none. */
export type Outage = 'failing' | 'hanging' | 'accepting';
export type Channel =
  | 'green-api'
  | 'kavenegar-verify'
  | 'kavenegar-sms'
  | 'melipayamak'
  | 'http:mobizon'
  | 'http:smspro';

/** A message that a provider has accepted. */
export interface Message {
  channel: Channel;
  /** E.164. */
  phone: string;
  /** Undefined for a notice without a code. */
  code: string | undefined;
}

/** What is known about a phone. */
export interface PhoneFacts {
  hasWhatsApp(phone: string): boolean;
  /** The phone gets the message, and the provider's receipt is lost. */
  losesReceipts(phone: string): boolean;
}

const WEBHOOK_TOKEN = 'Pj5gC8u3bpSBxAnJ6hz4FVKY';
const LATENCY_MS = { 'green-api': 350, kavenegar: 250, melipayamak: 400, mobizon: 300, smspro: 500 };
/** From acceptance until the phone shows the message: the least and the most. */
const TRAVEL_MS = {
  'green-api': [1_000, 4_000],
  kavenegar: [3_000, 11_000],
  melipayamak: [4_000, 14_000],
  mobizon: [3_000, 10_000],
  smspro: [3_000, 12_000],
} as const;
/** Requests that send a message. */
const SENDS =
  /\/(sendMessage|verify\/lookup\.json|sms\/send\.json|BaseServiceNumber|send\/shared|SendSMS|SendSmsMessage|api\/message)(\/|$)/i;
/** When the gateway can have work with a message, from the request: notices, polls of the receipt, and the next channel. */
const WORK_AFTER_MS = [1_000, 6_000, 11_000, 16_000, 21_000, 26_000, 33_000];
/** The same for a message whose receipt comes as a webhook. */
const WORK_AFTER_RECEIPT_MS = [1_000, 6_000];
const FAILURE = { status: 503, body: 'Service Unavailable', contentType: 'text/plain' };
const CODE = /(?<!\d)\d{6,10}(?!\d)/;

/** The provider of each channel. */
export const PROVIDER_OF: Record<Channel, Provider> = {
  'green-api': 'green-api',
  'kavenegar-verify': 'kavenegar',
  'kavenegar-sms': 'kavenegar',
  melipayamak: 'melipayamak',
  'http:mobizon': 'mobizon',
  'http:smspro': 'smspro',
};

/** Chooses the statuses of each message when it is accepted. */
class ChosenStatuses<Status> extends Map<string, Status[]> {
  readonly #choose: (phone: string) => Status[] | undefined;
  constructor(choose: (phone: string) => Status[] | undefined) {
    super();
    this.#choose = choose;
  }
  override get(phone: string): Status[] | undefined {
    return this.#choose(phone.startsWith('+') ? phone : `+${phone}`);
  }
}

/** The five providers as HTTP servers on the simulated clock, with the latency of a network in front of them. */
export async function startProviders(
  facts: PhoneFacts,
  deps: { clock: SimulatedClock; random: Random; onMessage(message: Message): void; onArrival(message: Message): void },
) {
  const { clock, random } = deps;
  const outages = new Map<Provider, Outage>();
  const timed = { now: () => clock.now(), after: clock.after, stop: () => {} };

  function accept(message: Message): void {
    deps.onMessage(message);
    const provider = PROVIDER_OF[message.channel];
    if (outages.get(provider) === 'accepting') return;
    if (provider === 'green-api' && !facts.hasWhatsApp(message.phone)) return;
    const [least, most] = TRAVEL_MS[provider];
    clock.after(random.between(least, most), () => deps.onArrival(message));
  }
  const statuses = <Status>(provider: Provider, sentOnly: Status[], noAccount?: Status[]) =>
    new ChosenStatuses<Status>((phone) => {
      if (outages.get(provider) === 'accepting') return sentOnly;
      if (noAccount && !facts.hasWhatsApp(phone)) return noAccount;
      return facts.losesReceipts(phone) ? sentOnly : undefined;
    });

  const greenApi = await startGreenApiSimulator({
    clock: timed,
    limits: false,
    statusDelayMs: 1_500,
    statusesByPhone: statuses('green-api', ['sent'], ['noAccount']),
    settings: {
      incomingWebhook: 'yes',
      outgoingWebhook: 'yes',
      stateWebhook: 'yes',
      webhookUrlToken: WEBHOOK_TOKEN,
      delaySendMessagesMilliseconds: 500,
    },
    onMessage: ({ chatId, message }) =>
      accept({ channel: 'green-api', phone: `+${chatId.split('@')[0]}`, code: CODE.exec(message)?.[0] }),
  });
  const kavenegar = await startKavenegarSimulator({
    clock: timed,
    onMessage: ({ receptor, message, localid }) =>
      accept({
        channel: localid === undefined ? 'kavenegar-verify' : 'kavenegar-sms',
        phone: receptor,
        code: CODE.exec(message)?.[0],
      }),
  });
  const melipayamak = await startMelipayamakSimulator({
    clock: timed,
    onMessage: ({ to, text }) => accept({ channel: 'melipayamak', phone: to, code: CODE.exec(text)?.[0] }),
  });
  kavenegar.account.remaincredit = 1e12;
  kavenegar.statusDelayMs = 4_000;
  kavenegar.statusesByPhone = statuses('kavenegar', [4]);
  melipayamak.credit = 1e9;
  melipayamak.statusDelayMs = 3_000;
  melipayamak.statusesByPhone = statuses('melipayamak', [0]);
  const http: HttpChannels = await startHttpChannels({
    clock: timed,
    onMessage: (channel, { phone, text }) => accept({ channel, phone: `+${phone}`, code: CODE.exec(text)?.[0] }),
    isReported: (provider, phone) => outages.get(provider) !== 'accepting' && !facts.losesReceipts(`+${phone}`),
  });
  const simulators = { 'green-api': greenApi, kavenegar, melipayamak, ...http.simulators };
  delayRequests(simulators, {
    outages,
    clock,
    workAfter: (provider, body) => {
      const phone = typeof body === 'string' ? /"chatId":"(\d+)@c/.exec(body)?.[1] : undefined;
      const hasReceipt = phone !== undefined && facts.hasWhatsApp(`+${phone}`) && !facts.losesReceipts(`+${phone}`);
      return hasReceipt && !outages.has(provider) ? WORK_AFTER_RECEIPT_MS : WORK_AFTER_MS;
    },
  });

  return {
    greenApi,
    env: {
      GREEN_API_URL: greenApi.url,
      GREEN_API_ID_INSTANCE: greenApi.idInstance,
      GREEN_API_TOKEN: greenApi.token,
      GREEN_API_WEBHOOK_TOKEN: WEBHOOK_TOKEN,
      KAVENEGAR_URL: kavenegar.url,
      KAVENEGAR_API_KEY: kavenegar.apiKey,
      KAVENEGAR_TEMPLATE: 'myverification',
      MELIPAYAMAK_URL: melipayamak.url,
      MELIPAYAMAK_USERNAME: melipayamak.username,
      MELIPAYAMAK_PASSWORD: melipayamak.password,
      MELIPAYAMAK_BODY_ID: '524',
      ...http.env,
    },
    isDown: (provider: Provider) => outages.has(provider),
    /** Takes a provider down, or up again. */
    setOutage(provider: Provider, outage: Outage | undefined): void {
      if (outage) outages.set(provider, outage);
      else outages.delete(provider);
      simulators[provider].fault = outage === 'failing' ? FAILURE : undefined;
    },
    async close() {
      await Promise.all(Object.values(simulators).map((simulator) => simulator.close()));
      http.removeFolder();
    },
  };
}

export type Providers = Awaited<ReturnType<typeof startProviders>>;

/** Requests to a provider take simulated time. To one that hangs, they take as long as the caller waits. */
function delayRequests(
  simulators: Record<Provider, { url: string }>,
  {
    outages,
    clock,
    workAfter,
  }: {
    outages: Map<Provider, Outage>;
    clock: SimulatedClock;
    workAfter(provider: Provider, body: unknown): readonly number[];
  },
): void {
  const realFetch = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : input.toString();
    const provider = (Object.keys(simulators) as Provider[]).find((name) => url.startsWith(simulators[name].url));
    if (!provider) return realFetch(input, init);
    if (SENDS.test(new URL(url).pathname)) clock.runRepeatedAfter(workAfter(provider, init?.body));
    const aborted = new Promise<never>((_, reject) => {
      const signal = init?.signal;
      if (signal?.aborted) reject(signal.reason as Error);
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    aborted.catch(() => {}); // when the request was faster
    const hangs = outages.get(provider) === 'hanging';
    await Promise.race([aborted, hangs ? new Promise(() => {}) : clock.sleep(LATENCY_MS[provider])]);
    return realFetch(input, init);
  };
}
