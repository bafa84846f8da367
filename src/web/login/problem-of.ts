import { PhonegateError } from '../client/index.js';
import type { Problem } from '../react/index.js';

/** What was thrown, to be shown. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof PhonegateError)) throw error;
  const { code, message } = error;
  return code === 'NETWORK' || code === 'UNAVAILABLE' ? { of: 'login', code } : { of: 'login', code, message };
}
