import type { CountryCode } from 'libphonenumber-js/max';
import type { z } from 'zod';
import type { ProviderVariable } from '../../config/variable.js';
import type { Finding } from '../../finding.js';
import type { Log } from '../../log.js';
import type { Channel, ChannelName, Receipt } from './channel.js';
import type { GreenApi } from './green-api/client.js';
import type { IgnoredReason } from './green-api/ignored-reason.js';
import type { IncomingText } from './green-api/incoming-text.js';
import type { InstanceState } from './green-api/instance-state.js';
import type { UsualTimes } from './usual-times.js';

/** How a message reaches the user. `developer`: the log of a gateway in development. */
export type ChannelKind = 'whatsapp' | 'sms' | 'telegram' | 'max' | 'call' | 'developer';

/** What one message costs, in decimals such as `0.005`. */
export interface ChannelPrice {
  currency: 'USD';
  /** By country; `*` is every other country. */
  amounts: Readonly<Partial<Record<CountryCode, string>> & { '*': string }>;
  /** The countries whose amount a price list confirms. Default: all. The others are estimates. */
  listed?: readonly CountryCode[];
}

/** What is known of a channel before it is created. Names, routes, prices, the schema and texts derive from it. */
export interface ChannelInfo<Settings = object> {
  name: string;
  kind: ChannelKind;
  /** In the schema. */
  description: string;
  /** Its name on the developer's phone: the provider, and what tells its channels apart. */
  label: string;
  /** What an operator must set, in words. */
  needs: string;
  countries: readonly CountryCode[] | '*';
  price: ChannelPrice;
  /** Whether the text of the SMS is our template, which may end with the line for WebOTP. */
  bindsCode?: boolean;
  /** Where its times differ from others of its kind. */
  usual?: Partial<UsualTimes>;
  /** Whether it sends any text, and so notifications too. */
  carriesNotifications?: boolean;
  /** Another channel whose variables configure this one too. Then a route may leave this one out. */
  impliedBy?: string;
  /** The variables to check when the provider refuses the sender or the template of a message. */
  refusable?: { sender?: string; template?: string };
  /** What exists at the provider only as far as a message shows, in words, and its name where it is a template. */
  unproven?(settings: Settings): { what: string; template?: string } | undefined;
  isConfigured(settings: Settings, mode: { production: boolean }): boolean;
  /** Of a channel that exists several times, as `http:mobizon`: each of them. */
  instances?(settings: Settings): ChannelInstance[];
}

export interface ChannelInstance extends Required<Pick<ChannelInfo, 'bindsCode' | 'carriesNotifications'>> {
  /** What follows the name of the channel and a colon. */
  name: string;
  countries: readonly CountryCode[] | '*';
  /** In US dollars, by country; `*` is every other country. */
  amounts: Readonly<Record<string, string>>;
}

/** What channels are created with. */
export interface ChannelDeps {
  log: Log;
  greenApi: GreenApi | undefined;
  instanceState: InstanceState | undefined;
  /** The state of another instance of Green API. A command leaves it out: it sends in any state. */
  instanceStateOf?: (input: { greenApi: GreenApi; channel: ChannelName }) => Pick<InstanceState, 'current'>;
  /** Where providers reach the gateway, without a slash at the end. */
  publicUrl: string;
}

/** A request to a webhook, with its body as it was received. */
export interface WebhookRequest {
  method: string;
  /** What follows the path of the webhook, without slashes around it. */
  rest: string;
  query: URLSearchParams;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: string;
}

/** A provider's report on one message. */
export interface WebhookReceipt extends Receipt {
  /** The channels whose message it can be. */
  channels: string[];
  providerId: string;
  /** Our ID of the message, if the report has it: then it is found although the provider's answer to us was lost (docs/decisions/0073). */
  deliveryId?: string | undefined;
}

/** A message of a user that signs nobody in. */
export interface IgnoredMessage {
  idMessage: string;
  reason: IgnoredReason;
}

/** The webhook of a provider. Its functions are pure. */
export interface ProviderWebhook {
  /** Whether `isAuthentic` needs no body. */
  secretIsInPath?: true;
  /** Whether the provider sent it: its signature, or the secret that it carries. */
  isAuthentic(request: WebhookRequest): boolean;
  /** Undefined: it has an unknown form. An empty list: nothing that concerns a message of ours. */
  receiptsIn(request: WebhookRequest): WebhookReceipt[] | undefined;
  /** The texts that users wrote, which may be login messages, and the messages that never are. */
  textsIn?(request: WebhookRequest): (IncomingText | IgnoredMessage)[];
  /** The number to which users write, if the request names it. Digits only. */
  numberIn?(request: WebhookRequest): string | undefined;
  /** What an authentic request must be answered with as text: the provider asks whether the endpoint is ours. */
  challengeIn?(request: WebhookRequest): string | undefined;
}

export interface ProviderApi {
  /** The subject of findings. */
  about: string;
  /** The name of the provider. */
  name: string;
  url: string;
  /** Where the operator has written the URL. */
  variable: string;
}

/** A request that a provider could send to its webhook, and that changes nothing. */
export interface WebhookProbe {
  /** The subject of findings. */
  about: string;
  /** What operators call it. */
  name: 'webhook' | 'status callback';
  method: 'GET' | 'POST';
  /** With the query. It may contain a secret. */
  path: string;
  /** The same, to be printed. */
  shownPath: string;
  /** The variable whose value proves that the provider sent it. */
  variable: string;
  /** With this text somewhere in the body. Default: no headers and no body. */
  request?(padding: string): { headers: Record<string, string>; body: string };
  /** How large the bodies of the provider become, and what follows if they are refused. Default: they are small. */
  large?: { bytes: number; consequence: string };
}

/** The account at a provider, as `phonegate providers account` prints it. */
export interface AccountReport {
  provider: string;
  /** Whether the provider answered with the account. */
  usable: boolean;
  facts: Record<string, string | number | boolean>;
}

type Env = Record<string, string | undefined>;

/**
 * A provider with its channels: one folder here and one line in providers.ts. Its environment, the reference, commands and the
 * doctor derive from it.
 */
export interface Provider<Shape extends z.ZodRawShape = z.ZodRawShape, Settings extends object = object> {
  /** The heading of its variables in the reference. */
  title: string;
  /** The variables of the environment: form, bounds and default. */
  environment: Shape;
  /** What the reference says about each. */
  variables: { [Name in keyof Shape]: ProviderVariable };
  settings(env: z.output<z.ZodObject<Shape>>): Settings;
  /** Variables that are missing, or contradict each other, in the raw environment. */
  problems?(env: Env): string[];
  /** The environment without what these problems concern, where others of its channels work. Default: without all its variables. */
  leaveOut?(env: Env, problems: readonly string[]): Env;
  channels: readonly ChannelInfo<Settings>[];
  /** The configured channels. */
  create(settings: Settings, deps: ChannelDeps): (Channel | undefined)[];
  /** Its APIs, where a channel is configured. The doctor compares the clocks, and warns of a URL without TLS. */
  apis?(settings: Settings): ProviderApi[];
  /** Where it reports on messages. */
  webhook?: {
    /** With a slash at the end, the webhook answers every path below. */
    path: string;
    /** For the reference. Default: POST. */
    methods?: string;
    meaning: string;
    exists: string;
    /** Undefined: its variables are not set. */
    create(settings: Settings, deps: Pick<ChannelDeps, 'publicUrl'>): ProviderWebhook | undefined;
  };
  /** A probe of each webhook that is configured: the doctor sends them to PUBLIC_URL. */
  probes?(settings: Settings, deps: Pick<ChannelDeps, 'publicUrl'>): WebhookProbe[];
  /** Checks the account for `phonegate doctor`. Changes nothing and sends nothing. */
  check?(settings: Settings): Promise<Finding[]>;
  /** Reads the account for `phonegate providers account`. Undefined: it is not configured. */
  account?(settings: Settings): Promise<AccountReport | undefined>;
  /** The same for a provider that stands for several accounts. */
  accounts?(settings: Settings): Promise<AccountReport[]>;
}

/** Types a provider by its variables and its settings. */
export const defineProvider = <Shape extends z.ZodRawShape, Settings extends object>(
  provider: Provider<Shape, Settings>,
): Provider<Shape, Settings> => provider;
