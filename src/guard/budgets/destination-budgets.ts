import type { CountryCode } from 'libphonenumber-js/max';
import {
  CHEAP_MESSAGES_TIMES,
  CHEAP_MESSAGE_PRICE,
  KNOWN_SPEND_SHARES,
  SPEND_HOUR_SHARE,
  SPEND_SHARES,
  TRUSTED_NETWORK_EASE,
  USERS_OF_COUNTRY,
} from '../limits.js';
import type { ChannelName } from '../../delivery/channels/channel.js';
import { type Budget, type Limits, SCOPE, budget, sends, unverified, withoutLimits } from './budget.js';
import { blockOf, rangeOf, wideBlockOf } from './phone-ranges.js';
import { type GuardConfig, type PlannedMessage, costOf } from './planned-message.js';

/**
 * Part of the money is kept for known devices, and strangers cannot spend it. Messages to the phones of users have a budget of
 * their own: who pumps codes does not use the numbers of users, and who attacks users must not keep new ones from codes.
 */
export function destinationBudgets(message: PlannedMessage, config: GuardConfig): Budget[] {
  const { phone, country, channel } = message;
  const day = ofCountry(config.unverifiedPerCountryPerDay, country);
  const hour = Math.ceil(day / 2);
  const ofNew = { audience: 'new', ease: TRUSTED_NETWORK_EASE } as const;
  const many = { ...ofNew, ...unverifiedTimes({ hour, day }, timesAsMany(costOf(message, config))) };
  const users = { ...ofNew, audience: 'user', ...unverifiedTimes({ hour, day }, USERS_OF_COUNTRY) } as const;
  const few = { ...ofNew, ...unverified({ hour: Math.ceil(day / 4), day: Math.ceil(day / 2) }) };
  const money = (scope: keyof typeof SPEND_SHARES) =>
    spend({ share: SPEND_SHARES[scope], hourShare: hourShareOf(scope) }, config.spendPerDay);
  return [
    budget('block', `block:${blockOf(phone)}`, { ...few, ...money('block') }),
    budget('wideBlock', `block:${wideBlockOf(phone)}`, few),
    budget('range', `range:${rangeOf(phone)}`, { ...many, ...money('range') }),
    budget('country', `country:${country ?? ''}`, { ...many, ...money('country') }),
    budget('users', `users:${country ?? ''}`, { ...users, ...money('country') }),
    budget('channel', `channel:${channel}`, {
      audience: 'stranger',
      ...sendsOfChannel(channel, SPEND_SHARES.all, config),
      ...money('all'),
    }),
    budget('all', 'all', { audience: 'stranger', ...money('all') }),
  ];
}

const unverifiedTimes = ({ hour, day }: { hour: number; day: number }, times: number): Limits => ({
  ...unverified({ hour: hour * times, day: day * times }),
  growth: times,
});

/** The limit is there for the money: what costs little, or nothing, need not be kept from new people (docs/decisions/0080). */
const timesAsMany = (cost: number) => (cost <= CHEAP_MESSAGE_PRICE * 1_000_000 ? CHEAP_MESSAGES_TIMES : 1);

const ofCountry = (map: ReadonlyMap<CountryCode | '*', number>, country: CountryCode | undefined): number =>
  (country && map.get(country)) ?? map.get('*') ?? 1;

/** The budgets of all destinations together. */
const isOfAll = ({ scope }: Budget) => scope === SCOPE.channel || scope === SCOPE.all;

/**
 * A known device is charged to the budgets that it shares. Their money limits it, with larger shares than those of strangers, so that a few
 * SIMs cannot spend what all share. What it does not use must not keep others in its network or country from codes.
 */
export const forKnownDevice = (of: Budget, { channel }: PlannedMessage, config: GuardConfig): Budget => ({
  ...withoutLimits(of),
  audience: 'known',
  ...(isOfAll(of) ? {} : { uncounted: true }),
  ...(of.scope === SCOPE.channel ? sendsOfChannel(channel, 1, config) : {}),
  ...knownSpend(of, config),
});

const knownSpend = (of: Budget, config: GuardConfig): Limits => sharedSpend(of, KNOWN_SPEND_SHARES, config);

/** A share, by the destination, of the money that limits strangers there; nothing where no money does. */
export function sharedSpend(
  { rule, day_cost }: Budget,
  shares: Record<keyof typeof SPEND_SHARES, number>,
  { spendPerDay }: GuardConfig,
): Limits {
  if (day_cost === undefined) return {};
  const scope = rule === 'block' || rule === 'range' || rule === 'country' ? rule : 'all';
  return spend({ share: shares[scope], hourShare: hourShareOf(scope) }, spendPerDay);
}

/** A quarter of the money of a block would not pay for a code and its repetition in an hour where messages are expensive. */
const hourShareOf = (scope: keyof typeof SPEND_SHARES) => (scope === 'block' ? 1 : SPEND_HOUR_SHARE);

/** A share of the messages that a channel may send in a day; a quarter of them in an hour. */
export function sendsOfChannel(channel: ChannelName, share: number, { messagesPerChannelPerDay }: GuardConfig): Limits {
  const perDay = messagesPerChannelPerDay.get(channel) ?? messagesPerChannelPerDay.get('*');
  if (perDay === undefined) return {};
  const day = Math.ceil(perDay * share);
  return sends({ hour: Math.ceil(day / 4), day });
}

/** A share of the money that all messages may cost, in millionths of a US dollar; at least 1, because 0 would be no limit. */
export function spend({ share, hourShare }: { share: number; hourShare: number }, spendPerDay: number): Limits {
  const day = Math.max(1, Math.round(spendPerDay * 1_000_000 * share));
  return { day_cost: day, hour_cost: Math.max(1, Math.round(day * hourShare)) };
}
