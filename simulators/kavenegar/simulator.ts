import type { Clock } from '../clock.js';
import type { Fault } from '../serve.js';
import type { Result } from './results.js';

export type KavenegarMethod =
  | 'verify/lookup'
  | 'sms/send'
  | 'sms/status'
  | 'sms/statuslocalmessageid'
  | 'sms/statusbyreceptor'
  | 'sms/select'
  | 'sms/selectoutbox'
  | 'sms/latestoutbox'
  | 'account/info'
  | 'account/config'
  | 'utils/getdate';

/** One call, whatever its answer. `form` contains the fields of the query and of the body. */
export interface KavenegarCall {
  /** `verify/lookup`, `sms/send`, or any unknown method. */
  method: string;
  http: string;
  form: Record<string, string>;
}

export interface KavenegarMessage {
  /** A number in JSON. It may exceed 2^53. */
  messageid: string;
  localid?: string;
  /** E.164. */
  receptor: string;
  /** The text that the phone shows, with the template filled in. */
  message: string;
  /** Digits of the line, or `Call`. */
  sender: string;
  /** The current delivery status. */
  status: number;
  /** In rials. */
  cost: number;
  /** Milliseconds since the epoch, by the provider's clock. */
  at: number;
  /** Set in debug mode, in which no message reaches a phone. */
  debug?: true;
}

export interface KavenegarLine {
  active: boolean;
  kind: 'service' | 'advertising';
  /** `false`: the account lacks the level for this line (427). */
  access?: boolean;
}

/** The settings, as account/config returns them. */
export interface KavenegarConfig {
  apilogs: string;
  dailyreport: string;
  /** `enabled`: calls are answered as if messages were sent, but none is, and their status becomes 13. */
  debugmode: string;
  /** The line that sms/send uses without a sender. */
  defaultsender: string;
  mincreditalarm: string;
  resendfailed: string;
}

/** The real format is not documented. Receivers that others have published expect one of these three. */
export interface Callback {
  url: string;
  encoding: 'get' | 'form' | 'json';
}

export interface KavenegarOptions {
  apiKey?: string;
  /** How much faster than real time the provider's clock runs. Default 1. */
  speed?: number;
  /** Default: one that runs at `speed`. */
  clock?: Clock;
  /** Default: any free port. */
  port?: number;
  /** Calls from one IP address per second of the provider's clock. More are refused (451). Default: no limit. */
  limitPerSecond?: number;
  /** Called for each message that is sent, before its call is answered. */
  onMessage?: (message: KavenegarMessage) => void;
}

export interface KavenegarSimulator {
  /** Base URL, without `/v1`. */
  url: string;
  apiKey: string;
  calls: KavenegarCall[];
  account: {
    /** In rials. */
    remaincredit: number;
    /** UNIX time. */
    expiredate: number;
    type: 'master' | 'child';
  };
  config: KavenegarConfig;
  /** By name. The placeholders of a text are `%token`, `%token2`, `%token3`, `%token10` and `%token20`. */
  templates: Map<string, { text: string; approved: boolean }>;
  /** The known tags. Others are refused (607). */
  tags: Set<string>;
  /** Whether the account has the advanced service, which verify/lookup needs (426). */
  advanced: boolean;
  /** By number. verify/lookup sends from the first active service line. */
  lines: Map<number, KavenegarLine>;
  /** Whether a text of sms/send may contain a link (420). */
  links: boolean;
  /** Whether the caller's IP address is on the account's list. If not, restricted methods and phones abroad get 407. */
  allowed: boolean;
  /** The caller's IP address does not match the settings: every call with a key gets 416. */
  addressMismatch: boolean;
  /** The account is disabled: every call with its key gets 401. */
  disabled: boolean;
  /** Refuses every message with this result. For results that have no other cause here (402, 409, 422, 429, 501). */
  refusal: Result | undefined;
  /** Price of one SMS part, in rials. */
  partPrice: number;
  /** Accepted messages, oldest first. */
  messages: KavenegarMessage[];
  /** ID of the next message, counted up. May exceed 2^53. */
  nextMessageId: bigint;
  /** The statuses that follow the first, by E.164: such as `[4, 11]`, `[6]`, or `[4]`, which is not final. */
  statusesByPhone: Map<string, number[]>;
  defaultStatuses: number[];
  /** Phones (E.164) that block advertising lines: their messages get status 14. */
  blockList: Set<string>;
  /** Time between two statuses, in the provider's milliseconds. Read when a message is accepted. */
  statusDelayMs: number;
  limitPerSecond: number | undefined;
  /** Called at each change of a message's status. */
  callback: Callback | undefined;
  /** The HTTP statuses that answered the callbacks, in order. 0 means no answer. */
  callbackAnswers: number[];
  /** This many of the next calls run, but their connection is closed without an answer. */
  answersToLose: number;
  /** Applies to every call from now on, which then does nothing. */
  fault: Fault | undefined;
  /** Faults by method. They take precedence over `fault`. */
  faults: Map<KavenegarMethod, Fault>;
  /** Messages sent to a phone, delivered or not, oldest first. */
  sentTo(e164: string): KavenegarMessage[];
  /** Answers the next call with the bytes of this fixture's response. The call does nothing. Several replays queue up. */
  replay(fixtureName: string): void;
  close(): Promise<void>;
}

/** The dependencies of the methods. */
export interface Context {
  simulator: KavenegarSimulator;
  clock: Clock;
  onMessage(message: KavenegarMessage): void;
  /** Called when the status of a message has changed. */
  onStatus(message: KavenegarMessage): void;
}
