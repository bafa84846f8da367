import { ANSWER_LOOKUPS_PER_CHAT_PER_HOUR, ANSWER_LOOKUPS_PER_HOUR } from './limits.js';

const WINDOW_MS = 60 * 60_000;

/** Counts the look-ups that answers from hidden WhatsApp IDs cause on this instance, in windows of one hour. */
export interface AnswerLookups {
  /** Counts one look-up. @returns false when the chat, or all chats together, have used up the hour. */
  take(chatId: string): boolean;
}

/**
 * Remembers only the chats whose look-up it has allowed: at most ANSWER_LOOKUPS_PER_HOUR.
 *
 * @param now the time in milliseconds
 */
export function createAnswerLookups(now: () => number = () => performance.now()): AnswerLookups {
  const byChat = new Map<string, number>();
  let startedAt = now();
  let total = 0;

  return {
    take(chatId) {
      if (now() - startedAt >= WINDOW_MS) {
        byChat.clear();
        startedAt = now();
        total = 0;
      }
      const ofChat = byChat.get(chatId) ?? 0;
      if (ofChat >= ANSWER_LOOKUPS_PER_CHAT_PER_HOUR || total >= ANSWER_LOOKUPS_PER_HOUR) return false;
      byChat.set(chatId, ofChat + 1);
      total += 1;
      return true;
    },
  };
}
