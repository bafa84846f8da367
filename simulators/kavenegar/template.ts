import type { Form } from './read-fields.js';
import { Refusal } from './results.js';

const PLACEHOLDER = /%(token(?:20|10|2|3)?)(?!\d)/g;
/** Maximum number of spaces in each token. */
const TOKENS = { token: 0, token2: 0, token3: 0, token10: 5, token20: 8 };
const MAX_TOKEN_LENGTH = 100;
/** New lines, underscores and "separators", which we take to be commas, semicolons and bars. */
const FORBIDDEN = /[^\S ]|[_,،;؛|]/;

export function fillIn(text: string, form: Form): string {
  return text.replaceAll(PLACEHOLDER, (_, name: string) => form[name] ?? '');
}

/** Whether the text has a place for the first token. */
export function takesToken(text: string): boolean {
  return [...text.matchAll(PLACEHOLDER)].some(([, name]) => name === 'token');
}

/** @throws Refusal 431 for a token that breaks the rules, even if the template does not use it */
export function checkTokens(form: Form): void {
  for (const [name, spaces] of Object.entries(TOKENS)) {
    const token = form[name] ?? '';
    const isValid = token.length <= MAX_TOKEN_LENGTH && !FORBIDDEN.test(token) && token.split(' ').length - 1 <= spaces;
    if (!isValid) throw new Refusal(431);
  }
}
