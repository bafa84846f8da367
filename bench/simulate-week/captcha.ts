import crypto, { hash } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import type { Answer } from './api.js';

interface Challenge {
  parameters: { algorithm: string; cost: number; salt: string; nonce: string; keyPrefix: string };
}

/** Salt, nonce and counter, as altcha hashes them. */
const HASHED_BYTES = 36;
const COUNTER_BYTES = 4;
/** Challenges are solved within a few simulated seconds. */
const MOST_COUNTERS = 1_000;
const counters = new Map<string, number>();

/**
 * From now on this process remembers the counter that each challenge is made of. The work of a captcha would take more CPU time
 * than everything else, and in the simulation its time is simulated too.
 */
export function rememberCounters(): void {
  const { createHash } = crypto;
  crypto.createHash = (algorithm, options) => {
    const created = createHash(algorithm, options);
    const update = created.update.bind(created);
    created.update = (data: unknown) => {
      if (data instanceof Uint8Array && data.length === HASHED_BYTES) remember(Buffer.from(data));
      return update(data as Buffer);
    };
    return created;
  };
  syncBuiltinESMExports();
}

function remember(hashed: Buffer): void {
  const start = hashed.toString('hex', 0, HASHED_BYTES - COUNTER_BYTES);
  if (!counters.has(start)) counters.set(start, hashed.readUInt32BE(HASHED_BYTES - COUNTER_BYTES));
  const [oldest] = counters.keys();
  if (counters.size > MOST_COUNTERS && oldest !== undefined) counters.delete(oldest);
}

/**
 * Solves the proof of work of altcha, version 2: the counter whose hash with salt and nonce begins with the prefix.
 *
 * @returns undefined for a challenge of another kind
 */
export function solveCaptcha(answer: Answer): string | undefined {
  const text = Object.values(answer).find((value) => typeof value === 'string' && value.includes('"keyPrefix"'));
  if (typeof text !== 'string') return undefined;
  const challenge = JSON.parse(text) as Challenge;
  const { algorithm, cost, salt, nonce, keyPrefix } = challenge.parameters;
  const counter = counters.get(salt + nonce);
  if (algorithm !== 'SHA-256' || cost !== 1 || counter === undefined) return undefined;
  const hashed = Buffer.concat([Buffer.from(salt + nonce, 'hex'), Buffer.alloc(COUNTER_BYTES)]);
  hashed.writeUInt32BE(counter, HASHED_BYTES - COUNTER_BYTES);
  const derivedKey = hash('sha256', hashed, 'hex');
  return derivedKey.startsWith(keyPrefix)
    ? JSON.stringify({ challenge, solution: { counter, derivedKey } })
    : undefined;
}
