import type { Channel } from './providers.js';

/** How often a victim of a targeted attack could sign in at the first try. */
interface Tries {
  succeeded: number;
  tried: number;
}

/** What happened in one scenario. */
export interface Tally {
  name: string;
  /** Honest sign-ins, without the people who gave up of their own accord. */
  honest: number;
  succeeded: number;
  gaveUp: number;
  /** Sign-ins that failed because no provider that works reaches the phone. */
  unreachable: number;
  /** Honest sign-ins that met a refusal, or whose code was not sent. */
  refused: number;
  /** Honest sign-ins that were asked a captcha. */
  captcha: number;
  seconds: number[];
  /** Why honest sign-ins failed, and which results they met. */
  reasons: Map<string, number>;
  /** Messages that the providers accepted, and what they cost: of honest people, and of attackers. */
  sent: Record<'honest' | 'attack', Spent>;
  /** What the attackers would have caused without the guard. */
  unguarded: Spent;
  /** Requests of the attackers, and how many the gateway refused. */
  requests: number;
  requestsRefused: number;
  /** Accounts that attackers took over. */
  takeovers: number;
  victim: Record<'known' | 'new', Tries>;
}

export interface Spent {
  messages: number;
  dollars: number;
}

export const newTally = (name: string): Tally => ({
  name,
  honest: 0,
  succeeded: 0,
  gaveUp: 0,
  unreachable: 0,
  refused: 0,
  captcha: 0,
  seconds: [],
  reasons: new Map(),
  sent: { honest: { messages: 0, dollars: 0 }, attack: { messages: 0, dollars: 0 } },
  unguarded: { messages: 0, dollars: 0 },
  requests: 0,
  requestsRefused: 0,
  takeovers: 0,
  victim: { known: { succeeded: 0, tried: 0 }, new: { succeeded: 0, tried: 0 } },
});

export function countReason({ reasons }: Tally, reason: string): void {
  reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
}

/** By the beginning of E.164. The longest counts; ranges with a high price for a call or message are named last. */
const DOLLARS_ABROAD: Readonly<Record<string, number>> = {
  '+': 0.1,
  '+7': 0.09,
  '+996': 0.12,
  '+252': 0.25,
  '+53': 0.08,
  '+881': 0.6,
  '+371': 0.12,
};
/** A message by WhatsApp costs as much as one of the official API for authentication. Green API itself has a monthly price. */
const DOLLARS = {
  'green-api': 0.01,
  'kavenegar-verify': 0.005,
  'kavenegar-sms': 0.005,
  melipayamak: 0.005,
  'http:mobizon': 0.04,
  'http:smspro': 0.03,
};
const CHARGES_ABROAD = new Set<Channel>(['kavenegar-verify', 'kavenegar-sms', 'melipayamak']);

/** The price of a message. A provider charges an SMS abroad by its country. */
export function priceOf(channel: Channel, phone: string): number {
  if (!CHARGES_ABROAD.has(channel) || phone.startsWith('+98')) return DOLLARS[channel];
  const prefix = Object.keys(DOLLARS_ABROAD)
    .filter((start) => phone.startsWith(start))
    .toSorted((one, other) => other.length - one.length)[0];
  return DOLLARS_ABROAD[prefix ?? '+'] ?? 0.1;
}
