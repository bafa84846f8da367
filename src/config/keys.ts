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
