import { createHmac, hash } from 'node:crypto';
import { type InputsOf, array, bytea } from '../db/types.js';

/** A client shows at most this many tokens. */
export const MAX_SHOWN_TOKENS = 5;
/** Of base64url characters: the token of the gateway is 43 long. */
const TOKENS = /[\w-]{43}/g;
/** Characters of a text in which tokens are looked for. */
const TEXT_LENGTH = 300;

/** The parameters of the SQL in known-devices.ts. */
export const DEVICE_PARAMETERS = { shownDevices: array(bytea), newDevice: bytea };

/** The device of a client that signs in: the tokens that it shows, and the token that it gets if none is the user's. */
export interface DeviceTokens {
  shown: string[];
  fresh: string;
}

/**
 * The token of a new device is derived from the secret of the attempt: 256 random bits that only this client has. So a
 * repeated claim returns the same token, and neither GATEWAY_SECRET nor the database reveals it.
 */
export function deviceTokens({ shown, secret }: { shown: string | null | undefined; secret: string }): DeviceTokens {
  return { shown: readTokens(shown), fresh: createHmac('sha256', secret).update('device').digest('base64url') };
}

/** The tokens in a text, one after the other, for the last users of the device. Ignores what is no token. */
export const readTokens = (text: string | null | undefined): string[] =>
  (text ?? '').slice(0, TEXT_LENGTH).match(TOKENS)?.slice(0, MAX_SHOWN_TOKENS) ?? [];

export function deviceHashes({ shown, fresh }: DeviceTokens): InputsOf<typeof DEVICE_PARAMETERS> {
  return { shownDevices: shown.map(hashToken), newDevice: hashToken(fresh) };
}

/** The token of this user on the device. `known` is the hash of a shown token; null on a new device. */
export const keptToken = ({ shown, fresh }: DeviceTokens, known: Buffer | null): string =>
  shown.find((token) => known !== null && hashToken(token).equals(known)) ?? fresh;

/** The hashes of the tokens that a client shows. */
export const hashShownTokens = (shown: string | null | undefined): Buffer[] => readTokens(shown).map(hashToken);

const hashToken = (token: string) => hash('sha256', token, 'buffer');
