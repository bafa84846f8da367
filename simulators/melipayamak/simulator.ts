import type { Clock } from '../clock.js';
import type { Fault } from '../serve.js';

/** Service lines send every text. Advertising lines have rules for texts. Public lines cannot be used by the API. */
export type LineKind = 'service' | 'advertising' | 'public';

/** One call. `method` is `BaseServiceNumber`, `send/shared`, … The fields of a form are strings. */
export interface MelipayamakCall {
  method: string;
  body: Record<string, unknown>;
}

export interface MelipayamakMessage {
  /** 19 digits, which exceed 2^53. */
  recId: string;
  /** E.164. */
  to: string;
  /** The text that the phone shows, with the pattern filled in. */
  text: string;
  from: string;
  kind: 'pattern' | 'plain';
  /** The current delivery state: 400 at first, then the next of its states. */
  state: number;
  /** Milliseconds since the epoch, by the provider's clock. */
  at: number;
}

/** A message to one of the account's lines, as `receive/messages` lists it. `number` is the line. */
export interface MelipayamakInbound {
  number: string;
  sender: string;
  body: string;
  sendDate: string;
}

/** Problems of the account or of the caller's IP address. Default: none. */
export interface MelipayamakFlags {
  /** −110: only the API key is accepted, not the password. */
  apiKeyOnly?: boolean;
  /** −109: no allowed IP address is set. −111: another one is. */
  allowedIp?: 'unset' | 'other' | undefined;
  /** −108: the IP address is blocked. */
  blockedIp?: boolean;
  /** −1: the service is disabled. */
  disabled?: boolean;
  /** 10: the user is not active. */
  inactive?: boolean;
  /** 12: the account's documents are incomplete. */
  documents?: boolean;
}

export interface MelipayamakOptions {
  username?: string;
  /** The password of the panel. The API key is accepted instead. */
  password?: string;
  consoleToken?: string;
  /** How much faster than real time the provider's clock runs. Default 1. */
  speed?: number;
  /** Default: one that runs at `speed`. */
  clock?: Clock;
  /** Default: any free port. */
  port?: number;
  /** Called for each accepted message, before its call is answered. */
  onMessage?: (message: MelipayamakMessage) => void;
}

export interface MelipayamakSimulator {
  /** Base URL of both APIs: REST is at `/api/SendSMS/{Method}`, the console at `/api/{path}/{token}`. */
  url: string;
  username: string;
  password: string;
  apiKey: string;
  consoleToken: string;
  /** Every call with a known path, also with wrong credentials or a fault. */
  calls: MelipayamakCall[];
  /** In SMS. A message costs as many as it has parts. */
  credit: number;
  flags: MelipayamakFlags;
  /** The account's lines by their digits. Patterns are sent from the first service line. */
  lines: Map<string, LineKind>;
  /** By bodyId. */
  patterns: Map<number, { approved: boolean; text: string }>;
  /** Texts and variables with one of these words are refused (7). */
  filteredWords: Set<string>;
  messages: MelipayamakMessage[];
  /** The messages that `receive/messages` lists, newest first. */
  inbox: MelipayamakInbound[];
  /** The states that follow 400, by E.164: such as `[0, 2]`, `[16]`, or `[0]`, which is not final. */
  statusesByPhone: Map<string, number[]>;
  defaultStatuses: number[];
  /** Time between two states, in the provider's milliseconds. Read when a message is accepted. */
  statusDelayMs: number;
  /** REST answers "Ok" with the value 11 and sends nothing. The console answers with a failure. */
  trap: boolean;
  /** Whether it is 22:00 to 08:00 in Tehran, when advertising lines accept messages but never deliver them. */
  night: boolean | 'by clock';
  /** Refuses every message with this code. For codes that have no other cause here (3, 4, 6, 11, 35, −6, −7). */
  refusal: number | undefined;
  /** Applies to every call from now on, which then does nothing. */
  fault: Fault | undefined;
  /** Faults by method. They take precedence over `fault`. */
  faults: Map<string, Fault>;
  /** The texts of messages accepted for a phone, delivered or not. */
  sentTo(e164: string): string[];
  /** Answers the next call without a fault with the bytes of this fixture's response. Several replays queue up. */
  replay(fixtureName: string): void;
  close(): Promise<void>;
}

/** The dependencies of the methods of both APIs. */
export interface Context {
  simulator: MelipayamakSimulator;
  clock: Clock;
  onMessage: (message: MelipayamakMessage) => void;
}
