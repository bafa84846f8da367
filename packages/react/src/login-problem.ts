import { problemOf } from './flow/answers.js';
import type { Problem } from './flow/state.js';
import type { I18n } from './i18n.js';

/** Why a request failed. A new object for each failure. */
export interface LoginProblem {
  /** An ErrorCode of the gateway; `NETWORK` when no answer arrived, `UNAVAILABLE` when it was not the gateway's. */
  code: string;
  /** What to tell the user, in their language, with the tries that are left. */
  text: string;
  /** How often a code can still be tried, after an incorrect one. */
  triesLeft: number | undefined;
}

export function toLoginProblem(problem: Problem, i18n: I18n): LoginProblem {
  const { code, triesLeft, retryAt } = problem;
  // The gateway's message says how long to wait, and is not up to date a second later.
  const text =
    code === 'RATE_LIMITED' && retryAt !== undefined ? i18n.texts.tooManyAttempts : problemText(problem, i18n);
  const hint = triesLeft ? ` ${i18n.texts.triesLeft(i18n.number(triesLeft))}` : '';
  return { code, text: text + hint, triesLeft };
}

/** What to tell the user about an error that the client has thrown, in their language. */
export const errorText = (error: unknown, i18n: I18n): string => problemText(problemOf(error, 'login'), i18n);

/** The gateway's message, or one of ours where there is none. */
function problemText({ code, message }: Problem, { texts }: I18n): string {
  if (code === 'NETWORK') return texts.noNetwork;
  return message ?? texts.unavailable;
}
