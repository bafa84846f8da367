import { encodeBytes } from './base64url.js';

/** The part of Web Crypto that makes random values. */
export interface RandomSource {
  getRandomValues(bytes: Uint8Array<ArrayBuffer>): unknown;
}

/** 256 random bits in base64url. @internal */
export function randomText(crypto: RandomSource): string {
  const bytes = new Uint8Array(32);
  crypto.getRandomValues(bytes);
  return encodeBytes(bytes);
}
