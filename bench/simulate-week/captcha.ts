import { hash } from 'node:crypto';
import type { Answer } from './api.js';

interface Challenge {
  parameters: { algorithm: string; cost: number; salt: string; nonce: string; keyPrefix: string };
}

const MOST_COUNTERS = 10_000_000;

/**
 * Solves the proof of work of altcha, version 2: finds the counter whose hash with salt and nonce begins with the prefix.
 *
 * @returns undefined for a challenge of another kind
 */
export function solveCaptcha(answer: Answer): string | undefined {
  const text = Object.values(answer).find((value) => typeof value === 'string' && value.includes('"keyPrefix"'));
  if (typeof text !== 'string') return undefined;
  const challenge = JSON.parse(text) as Challenge;
  const { algorithm, cost, salt, nonce, keyPrefix } = challenge.parameters;
  if (algorithm !== 'SHA-256' || cost !== 1) return undefined;
  const start = Buffer.from(salt + nonce, 'hex');
  const block = Buffer.concat([start, Buffer.alloc(4)]);
  for (let counter = 0; counter < MOST_COUNTERS; counter += 1) {
    block.writeUInt32BE(counter, start.length);
    const derivedKey = hash('sha256', block, 'hex');
    if (derivedKey.startsWith(keyPrefix)) return JSON.stringify({ challenge, solution: { counter, derivedKey } });
  }
  return undefined;
}
