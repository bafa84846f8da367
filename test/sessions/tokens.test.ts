import { type KeyObject, createHmac, createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Result } from '../support/calls.js';
import { openFrames } from '../support/frames.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { gatewayKey } from './gateway-key.js';
import { signIn, verifyStatus, whoAmI } from '../support/sign-in.js';

const ISSUER = 'https://login.example.com';
const SECRET = 'VuJ3eq5GpXDgWHjLPATKNRhdYkUrcn4m6ES7';

let database: TestDatabase;
let gateway: TestGateway;
let session: Result;
let ours: { kid: string; privateKey: KeyObject };
const theirs = generateKeyPairSync('ed25519');

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url, PUBLIC_URL: ISSUER, GATEWAY_SECRET: SECRET });
  ours = await gatewayKey(database.url, SECRET);
  session = await signIn(gateway);
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

interface Token {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  key: KeyObject;
}

const now = () => Math.floor(Date.now() / 1000);
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const sealed = ({ header, claims, key }: Token) => {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
};
/** A token as the gateway makes it, of an open session. */
const good = (): Token => ({
  header: { alg: 'EdDSA', kid: ours.kid, typ: 'at+jwt' },
  claims: {
    iss: ISSUER,
    aud: 'phonegate',
    sub: session.user.id,
    sid: session.id,
    role: 'USER',
    phone_number: session.user.phone,
    iat: now(),
    exp: now() + 600,
    jti: randomUUID(),
  },
  key: ours.privateKey,
});
/** The same with other claims. An undefined claim is left out. */
const claiming = (claims: Record<string, unknown>) => sealed({ ...good(), claims: { ...good().claims, ...claims } });
const headed = (header: Record<string, unknown>, key = ours.privateKey) =>
  sealed({ ...good(), header: { ...good().header, ...header }, key });
const hashed = (secret: string | Buffer) => {
  const text = `${encode({ ...good().header, alg: 'HS256' })}.${encode(good().claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
};

/** The answers of GraphQL, forward-auth and a socket to a token. */
async function answersTo(token: string) {
  const frames = await openFrames(gateway.socketUrl, { init: false });
  frames.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  const socket = await Promise.race([
    frames.closed.then(({ code }) => code),
    frames.until(({ type }) => type === 'connection_ack').then(() => 'open'),
  ]);
  frames.socket.terminate();
  return { me: await whoAmI(gateway, token), forwardAuth: await verifyStatus(gateway, token), socket };
}
const REFUSED = { me: 'UNAUTHENTICATED', forwardAuth: 401, socket: 4403 };
const admitted = () => ({ me: session.user.phone, forwardAuth: 200, socket: 'open' });

test('a token that this file signs like the gateway is accepted everywhere, so the tokens below are refused for their one difference', async () => {
  expect(await answersTo(sealed(good()))).toEqual(admitted());
});

describe('GraphQL, forward-auth and sockets refuse a token with', () => {
  const publicKey = () => createPublicKey(ours.privateKey);
  const jwk = () => publicKey().export({ format: 'jwk' });

  test.each<[string, () => string]>([
    ['alg: none, unsigned', () => `${encode({ ...good().header, alg: 'none' })}.${encode(good().claims)}.`],
    ['alg: none, with a signature of ours', () => headed({ alg: 'none' })],
    ['alg: nOnE', () => `${encode({ ...good().header, alg: 'nOnE' })}.${encode(good().claims)}.`],
    ['HS256 with the bytes of the public key', () => hashed(Buffer.from(jwk().x ?? '', 'base64url'))],
    ['HS256 with the public key as it is published', () => hashed(jwk().x ?? '')],
    ['HS256 with the public key as JSON', () => hashed(JSON.stringify(jwk()))],
    ['HS256 with the public key as PEM', () => hashed(publicKey().export({ format: 'pem', type: 'spki' }))],
    ['an unknown kid and its own key', () => headed({ kid: 'theirs' }, theirs.privateKey)],
    ['our kid and another key', () => headed({}, theirs.privateKey)],
    ['no kid and another key', () => headed({ kid: undefined }, theirs.privateKey)],
    [
      'a jwk header with its own key',
      () => headed({ kid: undefined, jwk: theirs.publicKey.export({ format: 'jwk' }) }, theirs.privateKey),
    ],
    ['an unknown critical header', () => headed({ crit: ['b64'], b64: false })],
    ['another typ', () => headed({ typ: 'JWT' })],
    ['no typ', () => headed({ typ: undefined })],
    ['another audience', () => claiming({ aud: 'another-service' })],
    ['no audience', () => claiming({ aud: undefined })],
    ['another issuer', () => claiming({ iss: 'https://login.example.com.evil.example' })],
    ['our issuer with a slash', () => claiming({ iss: `${ISSUER}/` })],
    ['no exp', () => claiming({ exp: undefined })],
    ['no sid', () => claiming({ sid: undefined })],
    ['no signature', () => sealed(good()).replace(/[^.]*$/, '')],
    ['a fourth part', () => `${sealed(good())}.x`],
  ])('%s', async (_, forge) => {
    expect(await answersTo(forge())).toEqual(REFUSED);
  });

  test('a jku or x5u header, and do not fetch the key from there', async () => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked += 1;
      response.end(JSON.stringify({ keys: [{ ...theirs.publicKey.export({ format: 'jwk' }), kid: 'theirs' }] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const jku = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
    expect(await answersTo(headed({ kid: 'theirs', jku, x5u: jku }, theirs.privateKey))).toEqual(REFUSED);
    expect(asked).toBe(0);
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('clocks differ by up to 30 s', () => {
  test.each<[string, () => Record<string, unknown>]>([
    ['expired 20 s ago', () => ({ iat: now() - 620, exp: now() - 20 })],
    ['is valid from 20 s from now', () => ({ iat: now() + 20, nbf: now() + 20, exp: now() + 620 })],
  ])('a token that %s is accepted', async (_, claims) => {
    expect(await answersTo(claiming(claims()))).toEqual(admitted());
  });

  test.each<[string, () => Record<string, unknown>]>([
    ['expired 40 s ago', () => ({ iat: now() - 640, exp: now() - 40 })],
    ['is valid from 40 s from now', () => ({ nbf: now() + 40 })],
  ])('a token that %s is refused', async (_, claims) => {
    expect(await answersTo(claiming(claims()))).toEqual(REFUSED);
  });
});

test('the gateway uses the role of the user’s record, not that of the token', async () => {
  const token = claiming({ role: 'ADMIN' });
  const response = await fetch(gateway.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: '{ me { role } }' }),
  });
  expect(await response.json()).toEqual({ data: { me: { role: 'USER' } } });
});

test('a token of an unknown session is refused', async () => {
  expect(await whoAmI(gateway, claiming({ sid: randomUUID() }))).toBe('UNAUTHENTICATED');
});
