import { hasCode } from './error.js';
import { type RandomSource, randomText } from './random-text.js';

/**
 * Sends a request for a code with an idempotency key, and once more when its answer was lost. A phone keeps its key until an
 * answer arrives, so that a user who presses the button again gets no second message. Without Web Crypto (React Native), there is
 * no key, and nothing is repeated.
 */
export function createRepeater(crypto: () => RandomSource | undefined) {
  let lost: { phone: string; key: string | undefined } | undefined;

  return async <Answer>(phone: string, send: (idempotencyKey: string | undefined) => Promise<Answer>) => {
    if (lost?.phone !== phone) {
      const source = crypto();
      lost = { phone, key: source && randomText(source) };
    }
    const { key } = lost;
    const answer = await send(key).catch((error: unknown) => {
      // After a timeout the user decides, instead of waiting for another one.
      if (key && hasCode(error, 'NETWORK') && ((error as Error).cause as Error).name !== 'AbortError') return send(key);
      throw error;
    });
    lost = undefined;
    return answer;
  };
}
