import { createHash, hkdfSync } from 'node:crypto';

/** The keys that are derived from GATEWAY_SECRET, one for each use. */
export interface Keys {
  /**
   * Identifies the secret that the keys are derived from, as 12 hex digits. Stored with every value that was made with
   * them.
   */
  id: string;
  /** For codes and confirmation numbers, together with the salt of their attempt. */
  code: Buffer;
  /** For the hashes of codes by which a statement recognizes the right code. */
  codeHash: Buffer;
  /** For attempt secrets that a client may receive twice, together with its key and the salt of the attempt. */
  attemptSecret: Buffer;
  /** For refresh tokens, together with the salt of their session. */
  refreshToken: Buffer;
  /** For what a decoy imitates. */
  decoy: Buffer;
  /** Signs captchas, and hashes the phone and the network of those that were solved. */
  captcha: Buffer;
  /** For the hashes by which the guard events of a phone are found. */
  phoneHash: Buffer;
  /** AES-256, for the private parts of signing keys. */
  encryption: Buffer;
}

/** The keys of GATEWAY_SECRET, and of GATEWAY_SECRET_PREVIOUS where that is set. */
export interface Keyring {
  /** The keys to make new values with. */
  current: Keys;
  all: readonly Keys[];
  /**
   * The keys with this ID. For an unknown ID, the current keys: a value that was made with other keys then does not
   * verify.
   */
  of(id: string): Keys;
}

export function createKeyring(gatewaySecret: string, other?: string): Keyring {
  const current = deriveKeys(gatewaySecret);
  const all = other === undefined ? [current] : [current, deriveKeys(other)];
  return { current, all, of: (id) => all.find((keys) => keys.id === id) ?? current };
}

/** HKDF-SHA-256 (RFC 5869) with a label for each use; 256 bits each. */
export function deriveKeys(gatewaySecret: string): Keys {
  const derive = (label: string) => Buffer.from(hkdfSync('sha256', gatewaySecret, 'phonegate', label, 32));
  return {
    id: createHash('sha256').update(derive('key-id')).digest('hex').slice(0, 12),
    code: derive('one-time-code'),
    codeHash: derive('code-hash'),
    attemptSecret: derive('attempt-secret'),
    refreshToken: derive('refresh-token'),
    decoy: derive('decoy'),
    captcha: derive('captcha'),
    phoneHash: derive('phone-hash'),
    encryption: derive('signing-key-encryption'),
  };
}
