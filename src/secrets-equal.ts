import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares secrets in constant time. The duration reveals neither their content nor their length. */
export function secretsEqual(shown: string, secret: string): boolean {
  return timingSafeEqual(digest(shown), digest(secret));
}

const digest = (value: string) => createHash('sha256').update(value).digest();
