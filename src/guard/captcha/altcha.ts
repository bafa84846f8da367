import { type Challenge, createChallenge, randomInt, verifySolution } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/sha';
import { z } from 'zod';
import { CAPTCHA_VALID_SECONDS } from '../limits.js';
import { parseJson } from './parse-json.js';

const hex = z.string().regex(/^[0-9a-f]{2,128}$/);

/** What a client sends: the challenge as it got it, and its solution. Unknown fields would not be covered by the signature. */
const PAYLOAD = z.object({
  challenge: z.object({
    parameters: z.strictObject({
      algorithm: z.literal('SHA-256'),
      cost: z.literal(1),
      expiresAt: z.int(),
      keyLength: z.int(),
      keyPrefix: hex,
      nonce: hex,
      salt: hex,
    }),
    signature: hex,
  }),
  solution: z.object({ counter: z.int().min(0), derivedKey: hex }),
});

/**
 * Makes a proof of work (altcha, version 2): the client tries counters up to a secret one. The counter is at least half of
 * `maxNumber`, so that the work of two clients differs by a factor of two at most.
 */
export async function createAltchaChallenge({
  key,
  maxNumber,
}: {
  key: Buffer;
  maxNumber: number;
}): Promise<Challenge> {
  return createChallenge({
    algorithm: 'SHA-256',
    cost: 1,
    counter: randomInt(maxNumber, Math.ceil(maxNumber / 2)),
    expiresAt: Math.floor(Date.now() / 1000) + CAPTCHA_VALID_SECONDS,
    deriveKey,
    hmacSignatureSecret: key.toString('hex'),
  });
}

/**
 * Verifies a solution that was made for a challenge of one of these keys.
 *
 * @param token JSON, or JSON in base64 as the widget of altcha makes it
 * @returns the signature of the challenge, which is different for each challenge, and the key; undefined if the solution is not valid
 */
export async function verifyAltcha<Key extends { key: Buffer }>({
  token,
  keys,
}: {
  token: string;
  keys: readonly Key[];
}): Promise<{ signature: string; by: Key } | undefined> {
  const parsed = PAYLOAD.safeParse(
    parseJson(token.startsWith('{') ? token : Buffer.from(token, 'base64').toString('utf8')),
  );
  if (!parsed.success) return undefined;
  const { challenge, solution } = parsed.data;
  for (const by of keys) {
    const { verified } = await verifySolution({
      challenge,
      solution,
      deriveKey,
      hmacSignatureSecret: by.key.toString('hex'),
    });
    if (verified) return { signature: challenge.signature, by };
  }
  return undefined;
}
