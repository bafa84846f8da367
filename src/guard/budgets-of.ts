import type { CountryCode } from 'libphonenumber-js/max';
import type { ChannelName } from '../config/names.js';
import {
  SENDS_PER_NETWORK,
  SENDS_PER_PHONE,
  SPEND_HOUR_SHARE,
  SPEND_SHARES,
  UNVERIFIED_PER_NETWORK,
} from './limits.js';
import { type MessagePrices, messagePrice } from './message-price.js';
import { networksOf } from './networks-of.js';
import { blockOf, rangeOf } from './phone-ranges.js';
import type { Rule } from './rules.js';

/** Kinds of subjects. Every statement locks the rows of the table in this order, so that no two wait for each other. */
export const SCOPE = {
  device: 1,
  phone: 2,
  /** An IPv4 address, or the /64 of an IPv6 address. */
  address: 3,
  /** A /24, or the /56 of an IPv6 address. */
  network: 4,
  /** The /48 of an IPv6 address. */
  site: 5,
  block: 6,
  range: 7,
  country: 8,
  channel: 9,
  all: 10,
  /** WhatsApp logins that a network starts. */
  starts: 11,
  allStarts: 12,
  /** WhatsApp messages that answer a chat. */
  replies: 13,
  allReplies: 14,
  /** Questions to the provider which phone a chat has. */
  lookups: 15,
  allLookups: 16,
} as const;

/** A limit on what one subject may cause. Left out: no such limit. Names are those of the SQL in send-budgets.ts. */
export interface Budget {
  scope: number;
  subject: string;
  /** For guard events. */
  rule: Rule;
  /** Whom it limits: a client with a known device of the phone, any other client, or both. */
  audience: 'all' | 'known' | 'stranger';
  /** A full budget blocks the message (the client gets an answer as if it was sent) instead of refusing the request. */
  blocks: boolean;
  /** How many times larger the budget is for a client that has solved a captcha, or whose network is trusted. */
  ease: number;
  /** Weighted messages, in hundredths. */
  minute_sends?: number;
  hour_sends?: number;
  day_sends?: number;
  /** Messages whose code was not used, at least. The limit grows with the codes that were used. */
  hour_unverified?: number;
  day_unverified?: number;
  /** How many times more than UNVERIFIED_RATIO the limit grows with what was used; once if left out. */
  growth?: number;
  /** In millionths of a US dollar. */
  hour_cost?: number;
  day_cost?: number;
}

/** A message that is about to be sent. */
export interface PlannedMessage {
  /** E.164. */
  phone: string;
  country: CountryCode | undefined;
  channel: ChannelName;
  /** Of the client that causes it; undefined for a client without limits, and for a notification. */
  ip: string | undefined;
  /** Subject of the budget of a known device; undefined for a client that shows no device token. */
  device?: string | undefined;
}

export interface GuardConfig {
  prices: MessagePrices;
  /** US dollars. */
  spendPerDay: number;
  /** Unverified messages, by country; `*` for the others. */
  unverifiedPerCountryPerDay: ReadonlyMap<CountryCode | '*', number>;
  /** Messages, by channel; `*` for the others. */
  messagesPerChannelPerDay: ReadonlyMap<ChannelName | '*', number>;
}

/**
 * The budgets that a message is charged to, and their limits, in the order in which their rows are locked (see
 * docs/decisions/0042). The console channel costs nothing and reaches nobody, so only the budgets of the phone, the device
 * and the networks count.
 */
export function budgetsOf(message: PlannedMessage, config: GuardConfig): Budget[] {
  const { phone, ip, device, channel } = message;
  const networks = ip === undefined ? [] : networksOf(ip);
  const strangers = [
    budget('phone', phone, { audience: 'stranger', ...sends(SENDS_PER_PHONE), ease: 2 }),
    ...networks.map((subject, index) => networkBudget(subject, index)),
    ...(channel === 'console' ? [] : destinationBudgets(message, config)),
  ];
  if (device === undefined) return strangers;
  const own = budget('device', device, { audience: 'known', ...sends(SENDS_PER_PHONE) });
  return [own, ...strangers, ...strangers.filter(isShared).map((of) => forKnownDevice(of, config))];
}

/**
 * The same budgets without limits for the client: of a failover, which no client has just requested. The phone and the
 * networks are charged, because the message goes to the one for the other.
 */
export const budgetsOfFailover = (budgets: Budget[]): Budget[] =>
  budgets
    .filter(({ audience }) => audience !== 'known')
    .map((of) => ({ ...(of.blocks ? of : withoutLimits(of)), audience: 'all' }));

/** The budgets of a notification. No client has requested it, so it is charged to no phone, device or network. */
export const budgetsOfNotification = (budgets: Budget[]): Budget[] =>
  budgetsOfFailover(budgets).filter(({ blocks }) => blocks);

type Limits = Partial<Omit<Budget, 'scope' | 'subject' | 'rule' | 'blocks'>>;

function budget(
  scope: keyof typeof SCOPE & Rule,
  subject: string,
  { audience = 'all', ease = 1, ...limits }: Limits,
): Budget {
  const blocks = SCOPE[scope] >= SCOPE.block;
  return { scope: SCOPE[scope], subject, rule: scope, audience, blocks, ease, ...limits };
}

/** A budget counts hundredths of a message. */
const sends = ({ minute, hour, day }: { minute?: number; hour: number; day: number }): Limits => ({
  ...(minute === undefined ? {} : { minute_sends: minute * 100 }),
  hour_sends: hour * 100,
  day_sends: day * 100,
});
const unverified = ({ hour, day }: { hour: number; day: number }): Limits => ({
  hour_unverified: hour,
  day_unverified: day,
});

/** A share of the money that all messages may cost, in millionths of a US dollar; at least 1, because 0 would be no limit. */
function spend(scope: keyof typeof SPEND_SHARES, spendPerDay: number): Limits {
  const day = Math.max(1, Math.round(spendPerDay * 1_000_000 * SPEND_SHARES[scope]));
  return { day_cost: day, hour_cost: Math.max(1, Math.round(day * SPEND_HOUR_SHARE)) };
}

/** Stands for the device of a client that shows tokens. Only the statement finds out which of them is known for the phone. */
export const SHOWN_DEVICE = 'device';

/** The budget of the known device to which an attempt was charged. @param charged its `charged` column */
export const chargedDevice = (charged: readonly string[]): string | undefined =>
  charged.find((subject) => subject.includes(' on '));

function networkBudget(subject: string, index: number): Budget {
  const scope = (['address', 'network', 'site'] as const)[index] ?? 'site';
  const limits = { ...unverified(UNVERIFIED_PER_NETWORK[scope]), ...sends(SENDS_PER_NETWORK[scope]) };
  return budget(scope, subject, { audience: 'stranger', ...limits, ease: 3 });
}

/** Part of the money is kept for known devices, and strangers cannot spend it. */
function destinationBudgets({ phone, country, channel }: PlannedMessage, config: GuardConfig): Budget[] {
  const day = ofCountry(config.unverifiedPerCountryPerDay, country);
  const many = { audience: 'stranger', ...unverified({ hour: Math.ceil(day / 2), day }), ease: 5 } as const;
  const few = { ...many, ...unverified({ hour: Math.ceil(day / 4), day: Math.ceil(day / 2) }) };
  const perDay = config.messagesPerChannelPerDay.get(channel) ?? config.messagesPerChannelPerDay.get('*');
  const money = (scope: keyof typeof SPEND_SHARES) => spend(scope, config.spendPerDay);
  return [
    budget('block', `block:${blockOf(phone)}`, { ...few, ...money('block') }),
    budget('range', `range:${rangeOf(phone)}`, { ...many, ...money('range') }),
    budget('country', `country:${country ?? ''}`, { ...many, ...money('country') }),
    budget('channel', `channel:${channel}`, {
      ...(perDay && sends({ hour: Math.ceil(perDay / 4), day: perDay })),
      ...money('channel'),
    }),
    budget('all', 'all', { audience: 'stranger', ...money('all') }),
  ];
}

const ofCountry = (map: ReadonlyMap<CountryCode | '*', number>, country: CountryCode | undefined): number =>
  (country && map.get(country)) ?? map.get('*') ?? 1;

const isShared = ({ scope, audience }: Budget) => scope !== SCOPE.phone && audience === 'stranger';

/** A known device is charged to the budgets that it shares. Only the money for all messages limits it. */
const forKnownDevice = (of: Budget, { spendPerDay }: GuardConfig): Budget => ({
  ...withoutLimits(of),
  audience: 'known',
  ...(of.scope === SCOPE.all ? spend('known', spendPerDay) : {}),
});

const withoutLimits = ({ scope, subject, rule, audience, blocks, ease }: Budget): Budget => ({
  scope,
  subject,
  rule,
  audience,
  blocks,
  ease,
});

/** The price of a message, in millionths of a US dollar. */
export const costOf = ({ channel, country }: PlannedMessage, { prices }: Pick<GuardConfig, 'prices'>): number =>
  messagePrice(channel, country, prices);
