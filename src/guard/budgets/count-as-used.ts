import { WEIGHTS } from '../limits.js';
import { RESERVE_MARK, SCOPE } from './budget.js';

/** SQL: how often the attempt `a` was charged to this subject. */
const timesCharged = (a: string, subject: string) => `cardinality(array_positions(${a}.charged, ${subject}))`;

/** SQL: whether messages of a known device are not counted in the budget `b` until they are used. */
export const isUncounted = (b: string) =>
  `${b}.scope NOT IN (${[SCOPE.device, SCOPE.channel, SCOPE.all, SCOPE.notificationsToPhone, SCOPE.notificationsByChannel, SCOPE.allNotifications].join(', ')})`;

/** SQL: whether one of these subjects is the reserve of a network, such as "+77010000002 from 203.0.113.0/24". Then the users of the country are charged nothing. */
export const usesReserve = (subjects: string) =>
  `EXISTS (SELECT FROM unnest(${subjects}) AS subject WHERE subject LIKE '%${RESERVE_MARK}%')`;

/** SQL: whether `b` is the budget of a destination, which limits only money and unverified messages. */
export const isOfDestination = (b: string) =>
  `${b}.scope IN (${[SCOPE.block, SCOPE.wideBlock, SCOPE.range, SCOPE.country, SCOPE.users].join(', ')})`;

interface UsedMessages {
  messages: string;
  /** How many of them enlarge the budget; all if left out. */
  verified?: string;
  /** What the messages change besides, in hundredths. */
  correction?: string;
}

/** SQL: turns this number of messages of `b` into used ones. */
export const countAsUsed = (b: string, { messages, verified = messages, correction = '0' }: UsedMessages) => `
  minute_sends = greatest(0, ${b}.minute_sends - ${WEIGHTS.unused} * ${messages}),
  hour_sends = greatest(0, ${b}.hour_sends - ${WEIGHTS.unused - WEIGHTS.used} * ${messages} + ${correction}),
  day_sends = greatest(0, ${b}.day_sends - ${WEIGHTS.unused - WEIGHTS.used} * ${messages} + ${correction}),
  hour_verified = ${b}.hour_verified + ${verified},
  day_verified = ${b}.day_verified + ${verified}`;

/**
 * SQL: counts the messages of the attempt `from (phone, charged)` as used in the budget of the phone, so that its user
 * can sign in on another device at once. `settleUsedCodes` does it for the other budgets.
 */
export const countPhoneAsUsed = (from: string) => `
  UPDATE budgets b SET ${countAsUsed('b', { messages: timesCharged(from, `${from}.phone`) })} FROM ${from} WHERE b.subject = ${from}.phone`;
