import { hash } from 'node:crypto';
import { type Budget, SCOPE } from './budget.js';
import {
  EXPORTS_PER_USER_PER_HOUR,
  LOOKUPS_PER_HOUR,
  QUESTIONS_PER_CHAT_PER_HOUR,
  REPLIES_PER_CHAT_PER_HOUR,
  REPLIES_PER_MINUTE,
  STARTS_EASE,
  STARTS_GROWTH,
  STARTS_PER_NETWORK,
} from '../limits.js';
import { kindOfNetwork } from '../networks/networks-of.js';
import type { Rule } from '../rules.js';
import type { Allowance } from './take-allowance.js';

// Budgets of what costs no money: they count in the same table as messages, one hundred hundredths each. See docs/decisions/0049.

type CountedLimits = Pick<Budget, 'minute_sends' | 'hour_sends' | 'hour_unverified' | 'day_unverified' | 'growth'>;

const counted = (
  scope: keyof typeof SCOPE,
  subject: string,
  { rule, ease = 1, ...limits }: CountedLimits & { rule: Rule; ease?: number },
): Budget => ({ scope: SCOPE[scope], subject, rule, audience: 'all', blocks: false, ease, ...limits });

/** The subject that counts the starts of all clients. */
export const ALL_STARTS = 'starts';

/**
 * The budgets of a WhatsApp login that starts (R18). Those of the networks grow with the logins that are completed there, and
 * are larger for a client that has solved a captcha. All starts
 * together are counted and have no limit, because strangers could hold it for everybody.
 *
 * @param networks `limitedNetworks` of the client
 */
export function budgetsOfStart(networks: readonly string[]): Budget[] {
  return [
    ...networks.map((network, index) => {
      const { hour, day } = STARTS_PER_NETWORK[kindOfNetwork(index)];
      const limits = { hour_unverified: hour, day_unverified: day, growth: STARTS_GROWTH, ease: STARTS_EASE };
      return counted('starts', `starts:${network}`, { rule: 'whatsapp_starts', ...limits });
    }),
    // The limit is out of reach: a minute is counted only where it is limited.
    counted('allStarts', ALL_STARTS, { rule: 'whatsapp_starts', minute_sends: Number.MAX_SAFE_INTEGER }),
  ];
}

/**
 * The budgets of a WhatsApp message that answers one. Anyone can write to the account, and must not make it talk without end. A
 * message for which a user waits has a budget of its own, which nobody else can spend.
 */
export function budgetsOfReply({ chatId, awaited }: { chatId: string; awaited: boolean }): Allowance {
  const chat = hashChat(chatId);
  if (awaited)
    return [
      counted('replies', `questions:${chat}`, { rule: 'replies', hour_sends: QUESTIONS_PER_CHAT_PER_HOUR * 100 }),
    ];
  return [
    counted('replies', `replies:${chat}`, { rule: 'replies', hour_sends: REPLIES_PER_CHAT_PER_HOUR * 100 }),
    counted('allReplies', 'replies', { rule: 'replies', minute_sends: REPLIES_PER_MINUTE * 100 }),
  ];
}

/** What causes the look-up of a hidden sender. Strangers who write NO must not spend the look-ups of sign-ins. */
export type LookupCause = 'login' | 'answer';

/** The budgets of the question which phone belongs to a hidden WhatsApp ID. */
export function budgetsOfLookup({ chatId, cause }: { chatId: string; cause: LookupCause }): Allowance {
  const { perChat, inTotal } = LOOKUPS_PER_HOUR[cause];
  const subject = `${cause}-lookups`;
  return [
    counted('lookups', `${subject}:${hashChat(chatId)}`, { rule: 'lookups', hour_sends: perChat * 100 }),
    counted('allLookups', subject, { rule: 'lookups', hour_sends: inTotal * 100 }),
  ];
}

/** The budget of the exports of a user's data. Its row outlives an erasure by a day, and must not name the user. */
export const budgetsOfExport = (userId: string): Allowance => [
  counted('exports', `exports:${hash('sha256', userId, 'base64url')}`, {
    rule: 'exports',
    hour_sends: EXPORTS_PER_USER_PER_HOUR * 100,
  }),
];

/** A chat ID is a phone or leads to one. */
const hashChat = (chatId: string) => hash('sha256', chatId, 'base64url');
