import { hash } from 'node:crypto';
import { type Budget, SCOPE } from './budgets-of.js';
import {
  LOOKUPS_PER_HOUR,
  QUESTIONS_PER_CHAT_PER_HOUR,
  REPLIES_PER_CHAT_PER_HOUR,
  REPLIES_PER_MINUTE,
  STARTS_GROWTH,
  STARTS_PER_NETWORK,
} from './limits.js';
import type { Rule } from './rules.js';
import { networksOf } from './networks-of.js';

// Budgets of what costs no money: they count in the same table as messages, one hundred hundredths each. See docs/decisions/0049.

type CountedLimits = Pick<Budget, 'minute_sends' | 'hour_sends' | 'hour_unverified' | 'day_unverified' | 'growth'>;

const counted = (
  scope: keyof typeof SCOPE,
  subject: string,
  { rule, ...limits }: CountedLimits & { rule: Rule },
): Budget => ({ scope: SCOPE[scope], subject, rule, audience: 'all', blocks: false, ease: 1, ...limits });

/** The subject that counts the starts of all clients. */
export const ALL_STARTS = 'starts';

/**
 * The budgets of a WhatsApp login that starts (R18). Those of the networks grow with the logins that are completed there. All starts
 * together are counted and have no limit, because strangers could hold it for everybody.
 *
 * @param ip undefined for a client without limits
 */
export function budgetsOfStart(ip: string | undefined): Budget[] {
  const networks = ip === undefined ? [] : networksOf(ip);
  return [
    ...networks.map((network, index) => {
      const { hour, day } = STARTS_PER_NETWORK[(['address', 'network', 'site'] as const)[index] ?? 'site'];
      const limits = { hour_unverified: hour, day_unverified: day, growth: STARTS_GROWTH };
      return counted('starts', `starts:${network}`, { rule: 'whatsapp_starts', ...limits });
    }),
    counted('allStarts', ALL_STARTS, { rule: 'whatsapp_starts' }),
  ];
}

/**
 * The budgets of a WhatsApp message that answers one. Anyone can write to the account, and must not make it talk without end. A
 * message for which a user waits has a budget of its own, which nobody else can spend.
 */
export function budgetsOfReply({ chatId, awaited }: { chatId: string; awaited: boolean }): Budget[] {
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
export function budgetsOfLookup({ chatId, cause }: { chatId: string; cause: LookupCause }): Budget[] {
  const { perChat, inTotal } = LOOKUPS_PER_HOUR[cause];
  const subject = `${cause}-lookups`;
  return [
    counted('lookups', `${subject}:${hashChat(chatId)}`, { rule: 'lookups', hour_sends: perChat * 100 }),
    counted('allLookups', subject, { rule: 'lookups', hour_sends: inTotal * 100 }),
  ];
}

/** A chat ID is a phone or leads to one. */
const hashChat = (chatId: string) => hash('sha256', chatId, 'base64url');
