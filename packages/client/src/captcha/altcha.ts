import { hash36Bytes } from './sha256.js';

/** A proof of work of altcha, version 2: which counter, hashed with salt and nonce, gives a key that begins with `keyPrefix`? */
interface Challenge {
  parameters: { algorithm: string; cost: number; salt: string; nonce: string; keyPrefix: string };
}

/** The page stays responsive: so long the search runs without a pause. */
const SLICE_MS = 12;

/** @returns JSON for the field `captcha`; undefined for a kind of challenge that this client does not know */
export async function solveAltcha(json: string): Promise<string | undefined> {
  const challenge = JSON.parse(json) as Challenge;
  const { algorithm, cost, salt, nonce, keyPrefix } = challenge.parameters;
  const prefix = wordsOf(keyPrefix);
  const block = new Int32Array(9);
  block.set(wordsOf(salt + nonce));
  if (algorithm !== 'SHA-256' || cost !== 1 || prefix.length !== 4 || salt.length + nonce.length !== 64) return;
  const key = new Int32Array(8);
  let pauseAt = Date.now() + SLICE_MS;
  for (let counter = 0; ; counter++) {
    block[8] = counter;
    hash36Bytes(block, key);
    if (prefix.every((word, index) => word === key[index]))
      return JSON.stringify({ challenge, solution: { counter, derivedKey: hexOf(key) } });
    if (counter % 256 === 0 && Date.now() > pauseAt) {
      await new Promise((resolve) => setTimeout(resolve));
      pauseAt = Date.now() + SLICE_MS;
    }
  }
}

const wordsOf = (hex: string) => (hex.match(/.{8}/g) ?? []).map((word) => parseInt(word, 16) | 0);
const hexOf = (words: Int32Array) => Array.from(words, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
