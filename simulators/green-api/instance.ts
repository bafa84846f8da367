import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.js';
import type { JournalRecord } from './journal.js';
import type { Outbox } from './outbox.js';
import type { PhonesByLid } from './lids.js';
import type { Usage } from './usage.js';
import type { Settings } from './settings.js';

/** `null` while the instance is being created. `yellowCard` is the old name of `suspended`. */
export type State =
  | 'authorized'
  | 'notAuthorized'
  | 'blocked'
  | 'starting'
  | 'sleepMode'
  | 'suspended'
  | 'yellowCard'
  | null;

/**
 * How webhooks identify the sender: by phone, by lid, or by lid in the chat only, which is a defect of the provider.
 */
export type LidMode = 'no' | 'yes' | 'leak';

/** A message that has left the queue. */
export interface PhoneMessage {
  chatId: string;
  message: string;
  idMessage: string;
  /** Milliseconds since the epoch, by the provider's clock. */
  at: number;
  /** The statuses it has had so far, in order. */
  statuses: string[];
}

/** A message that is still in the queue. */
export interface QueuedMessage {
  idMessage: string;
  at: number;
  body: { chatId: string; message: string } & Record<string, unknown>;
}

/** What a test can change while the instance runs. Milliseconds are the provider's. */
export interface Controls {
  /** `<digits>@c.us` of the account. */
  wid: string;
  /** Phone digits by lid (WhatsApp's hidden ID). An empty string for a user who hides the phone. */
  phonesByLid: PhonesByLid;
  /** The statuses that a message gets, in order, by phone digits or lid. `noAccount`: WhatsApp has no such user. */
  statusesByPhone: Map<string, string[]>;
  defaultStatuses: string[];
  /** Time between two statuses. */
  statusDelayMs: number;
  /** Time until setSettings or reboot takes effect. Unless it is 0, the instance is `starting` meanwhile. */
  settingsDelayMs: number;
  /** Settings that setSettings confirms and does not change. */
  forgottenSettings: ReadonlySet<string>;
  /** Default: by phone, or by lid if `enableLidMode` was on when the QR code was last scanned. */
  lidMode: LidMode | undefined;
  /** The first message of each chat arrives as {{SWE001}}, then again with its text. */
  sweFirst: boolean;
  /** How often an acknowledged webhook is sent again at once. */
  duplicates: number;
  /** An acknowledged webhook is sent once more after this time. */
  redeliverAfterMs: number | undefined;
  /** Makes the Authorization header from `webhookUrlToken`. Default: without a prefix (sources disagree about one). */
  authorization: (webhookUrlToken: string) => string;
}

export interface Instance extends Controls {
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
  /** Messages to the instance that wait until it is authorized. */
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

/** The provider's time in seconds, as in webhooks and journals. */
export const secondsNow = ({ clock }: Instance): number => Math.floor(clock.now() / 1000);

/** IDs of messages from a linked device begin with 3EB0, those from a phone with 3A. */
export const newIdMessage = (prefix: '3EB0' | '3A'): string =>
  (prefix + randomBytes(10).toString('hex').toUpperCase()).slice(0, 20);

export function statusesOf(instance: Instance, phoneOrLid: string): string[] {
  const { statusesByPhone, defaultStatuses, phonesByLid, wid } = instance;
  const statuses = statusesByPhone.get(phoneOrLid);
  if (statuses) return statuses;
  const lid = [...phonesByLid].find(([, digits]) => digits === phoneOrLid)?.[0];
  const statusesOfLid = lid === undefined ? undefined : statusesByPhone.get(lid);
  if (statusesOfLid) return statusesOfLid;
  // A message to the account itself is never delivered.
  return phoneOrLid === digitsOf(wid) ? ['sent'] : defaultStatuses;
}
