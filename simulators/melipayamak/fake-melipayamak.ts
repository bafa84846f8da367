import type { Clock } from '../clock.js';
import type { Fault } from '../serve.js';

/** Service lines carry what was asked for; advertising lines have rules of their own; public ones take no calls. */
export type LineKind = 'service' | 'advertising' | 'public';

/** One call that the gateway made: `BaseServiceNumber`, `send/shared`, … A form's fields are all text. */
export interface MelipayamakCall {
  method: string;
  body: Record<string, unknown>;
}

export interface MelipayamakMessage {
  /** 19 digits: more than a JSON number keeps. */
  recId: string;
  /** E.164. */
  to: string;
  /** As the phone would show it: a pattern is filled in. */
  text: string;
  from: string;
  kind: 'pattern' | 'plain';
  /** What a delivery query tells now: 400, then the steps of its fate. */
  state: number;
  /** Milliseconds since the epoch, by the provider's clock. */
  at: number;
}

/** A message that came to one of the lines, as `receive/messages` lists it; `number` is the line. */
export interface MelipayamakInbound {
  number: string;
  sender: string;
  body: string;
  sendDate: string;
}

/** What is wrong with the account or with the caller's address. Nothing, unless set. */
export interface MelipayamakFlags {
  /** −110: the password of the panel opens nothing any more, only the API key does. */
  apiKeyOnly?: boolean;
  /** −109: no allowed address is set; −111: another one is. */
  allowedIp?: 'unset' | 'other' | undefined;
  /** −108. */
  blockedIp?: boolean;
  /** −1: the service is switched off. */
  disabled?: boolean;
  /** 10: the user is. */
  inactive?: boolean;
  /** 12: the account's documents are incomplete. */
  documents?: boolean;
}

export interface MelipayamakOptions {
  username?: string;
  /** The panel's. The API key is taken in its place. */
  password?: string;
  consoleToken?: string;
  /** How much faster than ours the provider's time runs. */
  speed?: number;
  /** Any free one, if left out. */
  port?: number;
  /** Hears of each accepted message, before its call is answered. */
  onMessage?: (message: MelipayamakMessage) => void;
}

export interface FakeMelipayamak {
  /** For both of the provider's hosts: REST is under `/api/SendSMS/{Method}`, the console under `/api/{path}/{token}`. */
  url: string;
  username: string;
  password: string;
  apiKey: string;
  consoleToken: string;
  /** Every call with a known path, wrong credentials and faults included. */
  calls: MelipayamakCall[];
  /** In SMS; a message costs as many as it has parts. */
  credit: number;
  flags: MelipayamakFlags;
  /** The account's lines by their digits. Patterns go out on the first service line. */
  lines: Map<string, LineKind>;
  /** By bodyId. */
  patterns: Map<number, { approved: boolean; text: string }>;
  /** Texts and variables that hold one of these are refused (7). */
  filteredWords: Set<string>;
  messages: MelipayamakMessage[];
  /** What `receive/messages` has to tell, newest first. */
  inbox: MelipayamakInbound[];
  /** The states after 400, by E.164: `[0, 2]`, `[0, 35]`, `[16]`, or `[0]`, which never comes to an end. */
  fates: Map<string, number[]>;
  defaultFate: number[];
  /** Between two states, in the provider's milliseconds; read when a message is accepted. */
  statusDelayMs: number;
  /** Ok with the value 11, and nothing is sent. The console has no Ok without a recId: there it is a plain failure. */
  trap: boolean;
  /** 22:00–08:00 in Tehran. An advertising line then accepts as ever, and never delivers. */
  night: boolean | 'by clock';
  /** Every sending is refused with this code; for what nothing else brings about (3, 4, 6, 11, 35, −6, −7). */
  refusal: number | undefined;
  /** Holds for every call from now on, before anything is done. */
  fault: Fault | undefined;
  /** The same by method; goes before `fault`. */
  faults: Map<string, Fault>;
  /** The texts accepted for a phone, delivered or not. */
  sentTo(e164: string): string[];
  /** The next call that no fault takes is answered with this fixture's response, to the byte. Replays queue up. */
  replay(fixtureName: string): void;
  close(): Promise<void>;
}

/** What the methods of both interfaces work on. */
export interface Desk {
  fake: FakeMelipayamak;
  clock: Clock;
  onMessage: (message: MelipayamakMessage) => void;
}
