import { createHmac, hash } from 'node:crypto';
import type { Keys } from '../../config/keys.js';
import { InvalidInput } from '../../domain-error.js';
import { type AttemptSecret, createSecret, hashSecret } from '../attempts/attempt.js';

/** A request for a code that its client may repeat. */
export interface RepeatableRequest {
  /** The client's idempotency key; undefined when the client cannot repeat the request. */
  key: string | undefined;
  /** E.164. */
  phone: string;
  /** ID of the user who changes the phone; undefined for a sign-in. */
  changeFor: string | undefined;
}

export const IDEMPOTENCY_KEY_LENGTH = { min: 32, max: 128 };
const KEY = new RegExp(`^[\\w-]{${IDEMPOTENCY_KEY_LENGTH.min},${IDEMPOTENCY_KEY_LENGTH.max}}$`);
/** A random key of this length has more different characters, except for one in a million. */
const MIN_DISTINCT_CHARACTERS = 8;

/**
 * Whoever sends a key again receives the secret of the attempt, so a key must be hard to guess: a UUID, or 32 random
 * hexadecimal digits. @throws InvalidInput "idempotencyKey"
 */
export function checkIdempotencyKey(key: string | undefined): void {
  if (key !== undefined && !(KEY.test(key) && new Set(key).size >= MIN_DISTINCT_CHARACTERS))
    throw new InvalidInput('idempotencyKey');
}

/** Identifies a request in the database. The same key with another phone or user is another request. */
export function hashRequest(request: RepeatableRequest): Buffer | undefined {
  return request.key === undefined ? undefined : hash('sha256', textOf(request), 'buffer');
}

/**
 * The secret of the attempt that a request opens. With a key it is derived, so that a repeat gives it again although the
 * row contains only its hash: from the client's key, GATEWAY_SECRET and the salt of the row.
 */
export function secretOf(request: RepeatableRequest, salt: Buffer, keys: Pick<Keys, 'attemptSecret'>): AttemptSecret {
  if (request.key === undefined) return createSecret();
  const secret = createHmac('sha256', keys.attemptSecret).update(salt).update(textOf(request)).digest('base64url');
  return { secret, hash: hashSecret(secret) };
}

const textOf = ({ key, phone, changeFor }: RepeatableRequest) => [changeFor ?? '', phone, key].join('\n');
