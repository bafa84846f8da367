import { type KeyObject, createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { createKeyring } from '../../../src/config/keys.js';
import { connectDatabase } from '../../../src/db/database.js';
import { createLog } from '../../../src/log.js';
import { followSigningKeys } from '../../../src/sessions/signing-keys.js';

/** The key with which a gateway signs, from its database. The tests know its GATEWAY_SECRET. */
export async function signingKeyOf(databaseUrl: string, gatewaySecret: string) {
  const log = createLog('error', { write: () => {} });
  const database = connectDatabase(databaseUrl, log);
  const keys = await followSigningKeys({ database, keyring: createKeyring(gatewaySecret), log });
  const key = keys.current();
  await keys.stop();
  await database.close();
  return key;
}

type Part = Record<string, unknown>;
type Signer = (input: string) => Buffer;

const encode = (part: Part) => Buffer.from(JSON.stringify(part)).toString('base64url');
const decode = (part: string | undefined) => JSON.parse(Buffer.from(String(part), 'base64url').toString()) as Part;

/** A compact JWS. Undefined parts of header and claims are left out. */
function jws(header: Part, claims: Part, signer: Signer): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${signer(input).toString('base64url')}`;
}

const ed25519 =
  (key: KeyObject): Signer =>
  (input) =>
    sign(null, Buffer.from(input), key);
const hs256 =
  (key: Buffer | string): Signer =>
  (input) =>
    createHmac('sha256', key).update(input).digest();

/** Valid tokens that differ from `token`, signed with the gateway's own key. */
export function tokensToAccept(token: string, key: KeyObject): Record<string, string> {
  const [header, claims] = token.split('.', 2).map(decode) as [Part, Part];
  const now = Math.floor(Date.now() / 1000);
  const change = (changes: Part) => jws(header, { ...claims, ...changes }, ed25519(key));
  return {
    'fresh from the gateway': token,
    'one that ran out within the 30 s that clocks may differ': change({ exp: now - 10 }),
    'one of a gateway whose clock is ahead': change({ iat: now + 20, exp: now + 620 }),
  };
}

/**
 * Invalid tokens that an attacker might use instead of `token`. If the signature is the gateway's own, another part is
 * wrong.
 */
export function tokensToRefuse(token: string, key: KeyObject): Record<string, string> {
  const [header, claims] = token.split('.', 2).map(decode) as [Part, Part];
  const now = Math.floor(Date.now() / 1000);
  const publicKey = createPublicKey(key);
  const jwk = publicKey.export({ format: 'jwk' });
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  const foreign = generateKeyPairSync('ed25519');
  const foreignJwk = foreign.publicKey.export({ format: 'jwk' });
  const admin = { ...claims, role: 'ADMIN' };
  const own = (changes: Part, otherHeader: Part = header) => jws(otherHeader, { ...claims, ...changes }, ed25519(key));
  return {
    'with other claims under the same signature': [token.split('.')[0], encode(admin), token.split('.')[2]].join('.'),
    'without its signature': `${token.split('.', 2).join('.')}.`,
    'expired for a minute': own({ iat: now - 660, exp: now - 60 }),
    'that never expires': own({ exp: undefined }),
    'for another audience': own({ aud: 'another-service' }),
    'for no audience': own({ aud: undefined }),
    'of another issuer': own({ iss: 'https://login.example.org' }),
    'with alg none': jws({ ...header, alg: 'none' }, admin, () => Buffer.alloc(0)),
    'with alg None and without kid': jws({ alg: 'None', typ: 'at+jwt' }, admin, () => Buffer.alloc(0)),
    'with HS256, by the bytes of the public key': jws(
      { ...header, alg: 'HS256' },
      admin,
      hs256(Buffer.from(String(jwk.x), 'base64url')),
    ),
    'with HS256, by the public key as PEM': jws({ ...header, alg: 'HS256' }, admin, hs256(pem)),
    'with HS256, by the public key as base64url': jws({ ...header, alg: 'HS256' }, admin, hs256(String(jwk.x))),
    'by a foreign key, with its kid': jws({ ...header, kid: 'foreign' }, admin, ed25519(foreign.privateKey)),
    'by a foreign key, with our kid': jws(header, admin, ed25519(foreign.privateKey)),
    'by a foreign key that it brings along': jws(
      { alg: 'EdDSA', typ: 'at+jwt', jwk: foreignJwk },
      admin,
      ed25519(foreign.privateKey),
    ),
    'of another type (typ JWT)': own({}, { ...header, typ: 'JWT' }),
    'for the gateway itself': own({ aud: `${String(claims['iss'])}/graphql` }, { ...header, typ: 'gateway+jwt' }),
    'of no type': own({}, { ...header, typ: undefined }),
    'that is not one at all': 'not-a-token',
    'that is empty': '',
  };
}

/** A token of the gateway that expired a minute ago. */
export function expired(token: string, key: KeyObject): string {
  return String(tokensToRefuse(token, key)['expired for a minute']);
}

/** This many tokens, each signed with a different unknown key. */
export function foreignTokens(token: string, count: number): string[] {
  const [header, claims] = token.split('.', 2).map(decode) as [Part, Part];
  const { privateKey } = generateKeyPairSync('ed25519');
  return Array.from({ length: count }, (_, index) =>
    jws({ ...header, kid: `foreign-${index}` }, claims, ed25519(privateKey)),
  );
}
