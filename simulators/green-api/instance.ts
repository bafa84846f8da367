import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.js';
import type { JournalRecord } from './journal.js';
import type { Outbox } from './outbox.js';
import type { People } from './people.js';
import type { Usage } from './usage.js';
import type { Settings } from './settings.js';

/** Null while the instance is being created; `yellowCard` is the old name of `suspended`. */
export type State =
  | 'authorized'
  | 'notAuthorized'
  | 'blocked'
  | 'starting'
  | 'sleepMode'
  | 'suspended'
  | 'yellowCard'
  | null;

/** How a person who writes is named: by phone, by lid, or (a defect of the provider) by a lid on one side only. */
export type LidMode = 'no' | 'yes' | 'leak';

/** A message that has left the queue. */
export interface PhoneMessage {
  chatId: string;
  message: string;
  idMessage: string;
  /** Milliseconds since the epoch, by the provider's clock. */
  at: number;
  /** What has become of it, in order. */
  statuses: string[];
}

/** A message that has not. */
export interface QueuedMessage {
  idMessage: string;
  at: number;
  body: { chatId: string; message: string } & Record<string, unknown>;
}

/** What a test may turn while the instance runs. Milliseconds are the provider's. */
export interface Knobs {
  /** `<digits>@c.us` of the account. */
  wid: string;
  /** Phone digits behind a lid; the empty text for a person who hides them. */
  people: People;
  /** The statuses a message to these digits (or to this lid) will have, in order. With `noAccount` there is no such user. */
  fates: Map<string, string[]>;
  defaultFate: string[];
  /** Between one status and the next. */
  statusDelayMs: number;
  /** From setSettings (or reboot) to its effect; in between, unless it is 0, the instance is `starting`. */
  settingsDelayMs: number;
  /** Unless set, by phone, or by lid if `enableLidMode` was on when the instance was linked. */
  lidMode: LidMode | undefined;
  /** The first message of every chat comes as {{SWE001}} first, then once more with its text. */
  sweFirst: boolean;
  /** How often a webhook that was acknowledged is posted again at once. */
  duplicates: number;
  /** So long after a webhook was acknowledged, it comes again, once. */
  redeliverAfterMs: number | undefined;
  /** What the Authorization header holds, as sources disagree about a prefix. By default the setting as it is. */
  authorization: (webhookUrlToken: string) => string;
}

export interface Instance extends Knobs {
  readonly idInstance: string;
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly usage: Usage;
  readonly queue: QueuedMessage[];
  readonly journal: JournalRecord[];
  readonly messages: PhoneMessage[];
  readonly onMessage: ((message: PhoneMessage) => void) | undefined;
  /** Newest first. */
  readonly history: { stateInstance: string; timestamp: number; phoneNumber: number }[];
  /** What people wrote while the instance was not authorized. */
  readonly heldBack: (() => void)[];
  readonly drain: { scheduled: boolean; lastAt: number };
  readonly restarts: { pending: number; from: State };
  state: State;
  settings: Readonly<Settings>;
  /** Whether `enableLidMode` was on when the QR code was last scanned. */
  linkedWithLid: boolean;
  /** Changes settings at once. */
  configure(changes: Partial<Settings>): void;
}

export const digitsOf = (wid: string): string => wid.replace(/@.*$/, '');

/** The provider's time in seconds, as it stands in webhooks and journals. */
export const secondsNow = ({ clock }: Instance): number => Math.floor(clock.now() / 1000);

/** 3EB0 begins the ids of messages from a linked device, 3A those from a phone. */
export const newIdMessage = (prefix: '3EB0' | '3A'): string =>
  (prefix + randomBytes(10).toString('hex').toUpperCase()).slice(0, 20);

export function fateOf({ fates, defaultFate, people, wid }: Instance, person: string): string[] {
  const fate = fates.get(person);
  if (fate) return fate;
  const lid = [...people].find(([, digits]) => digits === person)?.[0];
  const fateOfLid = lid === undefined ? undefined : fates.get(lid);
  if (fateOfLid) return fateOfLid;
  // To the account itself a message is never delivered.
  return person === digitsOf(wid) ? ['sent'] : defaultFate;
}
