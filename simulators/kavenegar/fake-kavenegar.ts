import type { Clock } from '../clock.js';
import type { Fault } from '../serve.js';
import type { Callback } from './callbacks.js';
import type { KavenegarMethod } from './method.js';
import type { Result } from './results.js';

/** One call, whatever became of it; the fields of the query and of the form together. */
export interface KavenegarCall {
  /** `verify/lookup`, `sms/send`, …, known or not. */
  method: string;
  http: string;
  form: Record<string, string>;
}

export interface KavenegarMessage {
  /** A bare number on the wire, perhaps more than a JSON number keeps. */
  messageid: string;
  localid?: string;
  /** E.164. */
  receptor: string;
  /** As the phone would show it: a template is filled in. */
  message: string;
  /** A line's digits, or `Call`. */
  sender: string;
  /** What a status query tells now. */
  status: number;
  /** Rial. */
  cost: number;
  /** Milliseconds since the epoch, by the provider's clock. */
  at: number;
  /** Taken in debug mode: nobody gets it. */
  debug?: true;
}

export interface KavenegarLine {
  active: boolean;
  kind: 'service' | 'advertising';
  /** `false`: 427, the account lacks the level for this line. */
  access?: boolean;
}

/** As account/config tells them. */
export interface KavenegarConfig {
  apilogs: string;
  dailyreport: string;
  /** `enabled`: everything is answered as if it were sent, nothing is, and the status becomes 13. */
  debugmode: string;
  /** The line of sms/send without a sender. */
  defaultsender: string;
  mincreditalarm: string;
  resendfailed: string;
}

export interface KavenegarOptions {
  apiKey?: string;
  /** How much faster than ours the provider's time runs. */
  speed?: number;
  /** Any free one, if left out. */
  port?: number;
  /** Calls from one address in a second of the provider's; more are refused with 451. No limit, if left out. */
  limitPerSecond?: number;
  /** Hears of each message that goes out, before its call is answered. */
  onMessage?: (message: KavenegarMessage) => void;
}

export interface FakeKavenegar {
  /** Without `/v1`. */
  url: string;
  apiKey: string;
  calls: KavenegarCall[];
  account: {
    /** Rial. */
    remaincredit: number;
    /** UNIX time. */
    expiredate: number;
    type: 'master' | 'child';
  };
  config: KavenegarConfig;
  /** By name. In a text `%token` stands for the token, and so do `%token2`, `%token3`, `%token10` and `%token20`. */
  templates: Map<string, { text: string; approved: boolean }>;
  /** The tags there are; any other is refused (607). */
  tags: Set<string>;
  /** The service that verify/lookup needs (426). */
  advanced: boolean;
  /** By number. A lookup goes out on the first active service line. */
  lines: Map<number, KavenegarLine>;
  /** Whether links may stand in the text of sms/send (420). */
  links: boolean;
  /** Whether our address is on the account's list: what needs one answers 407, the way abroad included. */
  allowed: boolean;
  /** Our address does not match the settings: everything with a key answers 416. */
  addressMismatch: boolean;
  /** Everything with this key answers 401. */
  disabled: boolean;
  /** Every sending is refused with this; for what nothing else brings about (402, 409, 422, 429, 501). */
  refusal: Result | undefined;
  /** For one part of a message, in Rial. */
  partPrice: number;
  /** In the order they were taken. */
  messages: KavenegarMessage[];
  /** Of the message to come; counted up. May be set beyond 2^53. */
  nextMessageId: bigint;
  /** The statuses after the first, by E.164: `[4, 11]`, `[4, 14]`, `[6]`, `[13]`, or `[4]`, which comes to no end. */
  fates: Map<string, number[]>;
  defaultFate: number[];
  /** People, by E.164, who take nothing from advertising lines: status 14, whatever their fate. */
  blockList: Set<string>;
  /** Between two statuses, in the provider's milliseconds; read when a message is taken. */
  statusDelayMs: number;
  limitPerSecond: number | undefined;
  /** Told at every change of a message's status from now on. */
  callback: Callback | undefined;
  /** The HTTP statuses that the callbacks were answered with, in the order they came; 0 stands for no answer. */
  callbackAnswers: number[];
  /** So many calls to come are carried out, and cut off in place of an answer. */
  answersToLose: number;
  /** Holds for every call from now on, before anything is done. */
  fault: Fault | undefined;
  /** The same by method; goes before `fault`. */
  faults: Map<KavenegarMethod, Fault>;
  /** What went out to a phone, delivered or not, newest last. */
  sentTo(e164: string): KavenegarMessage[];
  /** The next call is answered with this fixture's response, to the byte, and does nothing. Replays queue up. */
  replay(fixtureName: string): void;
  close(): Promise<void>;
}

/** What the methods work on. */
export interface Desk {
  fake: FakeKavenegar;
  clock: Clock;
  /** A message goes out. */
  announce(message: KavenegarMessage): void;
  /** A message's status has changed. */
  tell(message: KavenegarMessage): void;
}
