import type { Form } from './fields.js';
import { Refusal } from './results.js';

const PLACEHOLDER = /%(token(?:20|10|2|3)?)(?!\d)/g;
/** How many spaces each may hold. */
const TOKENS = { token: 0, token2: 0, token3: 0, token10: 5, token20: 8 };
const LONGEST_TOKEN = 100;
/** New lines, underscores and "separators"; that these are commas, semicolons and bars is our reading. */
const NOT_IN_A_TOKEN = /[^\S ]|[_,،;؛|]/;

export function fillIn(text: string, form: Form): string {
  return text.replaceAll(PLACEHOLDER, (_, name: string) => form[name] ?? '');
}

/** Whether the first token has a place in the text. */
export function takesToken(text: string): boolean {
  return [...text.matchAll(PLACEHOLDER)].some(([, name]) => name === 'token');
}

/** 431 for a token that breaks the rules, whether or not the template takes it. */
export function checkTokens(form: Form): void {
  for (const [name, spaces] of Object.entries(TOKENS)) {
    const token = form[name] ?? '';
    const isGood =
      token.length <= LONGEST_TOKEN && !NOT_IN_A_TOKEN.test(token) && token.split(' ').length - 1 <= spaces;
    if (!isGood) throw new Refusal(431);
  }
}
