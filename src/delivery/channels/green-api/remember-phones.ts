import type { GreenApi } from './client.js';

/** A hidden ID rarely gets another phone, but a user can reveal the phone at any time. */
const KNOWN_TTL_MS = 60 * 60_000;
const HIDDEN_TTL_MS = 5 * 60_000;
const MAX_CACHED = 1_000;

/**
 * Caches the phones of hidden IDs, because look-ups are limited (ten a second; a hundred a month on the free plan). A
 * failed look-up is not cached. Each gateway has its own cache, of at most 1,000 IDs.
 */
export function rememberPhones(greenApi: GreenApi): GreenApi {
  const answers = new Map<string, { answer: Awaited<ReturnType<GreenApi['phoneOf']>>; until: number }>();
  return {
    ...greenApi,
    async phoneOf(chatId, { cached } = { cached: true }) {
      const known = answers.get(chatId);
      if (cached && known && known.until > Date.now()) return known.answer;
      const answer = await greenApi.phoneOf(chatId);
      if (answers.size >= MAX_CACHED) answers.delete(answers.keys().next().value as string);
      answers.set(chatId, { answer, until: Date.now() + (answer === 'hidden' ? HIDDEN_TTL_MS : KNOWN_TTL_MS) });
      return answer;
    },
  };
}
