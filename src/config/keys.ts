import { createHash, hkdfSync } from 'node:crypto';

/** Everything that is derived rather than kept: one key a use, all from GATEWAY_SECRET. */
export interface Keys {
  /** Names the secret the keys come from; stored beside whatever was made with them. 12 hex digits. */
  id: string;
  /** Codes and confirmation numbers. */
  code: Buffer;
  refreshToken: Buffer;
  /** AES-256, for the private parts of signing keys. */
  encryption: Buffer;
}

/** The keys of the present secret, and of one that is on its way out or in. */
export interface Keyring {
  /** What is made now is made with these. */
  current: Keys;
  all: readonly Keys[];
  /** The keys that something was made with; where nobody knows them any more, the present ones, which do not fit. */
  of(id: string): Keys;
}

export function createKeyring(gatewaySecret: string, other?: string): Keyring {
  const current = deriveKeys(gatewaySecret);
  const all = other === undefined ? [current] : [current, deriveKeys(other)];
  return { current, all, of: (id) => all.find((keys) => keys.id === id) ?? current };
}

/** HKDF-SHA-256 (RFC 5869), a label for each use, 256 bits each. */
export function deriveKeys(gatewaySecret: string): Keys {
  const derive = (label: string) => Buffer.from(hkdfSync('sha256', gatewaySecret, 'phonegate', label, 32));
  return {
    id: createHash('sha256').update(derive('key-id')).digest('hex').slice(0, 12),
    code: derive('one-time-code'),
    refreshToken: derive('refresh-token'),
    encryption: derive('signing-key-encryption'),
  };
}
