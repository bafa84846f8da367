import type { GreenApi } from './client.js';

/** A hidden id rarely changes hands; that it is hidden may change in a moment, by the person's own settings. */
const KNOWN_MS = 60 * 60_000;
const HIDDEN_MS = 5 * 60_000;
const REMEMBERED = 1_000;

/**
 * The same, asking once an hour for each hidden id: look-ups are limited (ten a second, a hundred a month on the free
 * plan). What could not be looked up is not remembered. Each instance remembers for itself; it only saves questions.
 */
export function rememberPhones(greenApi: GreenApi): GreenApi {
  const answers = new Map<string, { answer: Awaited<ReturnType<GreenApi['phoneOf']>>; until: number }>();
  return {
    ...greenApi,
    async phoneOf(chatId) {
      const known = answers.get(chatId);
      if (known && known.until > Date.now()) return known.answer;
      const answer = await greenApi.phoneOf(chatId);
      if (answers.size >= REMEMBERED) answers.delete(answers.keys().next().value as string);
      answers.set(chatId, { answer, until: Date.now() + (answer === 'hidden' ? HIDDEN_MS : KNOWN_MS) });
      return answer;
    },
  };
}
