import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PUBLISHED_AHEAD_SECONDS } from '../../../src/sessions/key-schedule.js';
import { PROJECT, cleanUpProcesses, makeFolder } from '../../support/process.js';
import { WRITTEN_URL, documented } from './documented.js';
import { type PublicGateway, startPublicGateway } from './public-gateway.js';
import { foreignTokens, tokensToAccept, tokensToRefuse } from './tokens.js';

let gateway: PublicGateway;
let verifyAccessToken: (token: string) => Promise<Record<string, string>>;

beforeAll(async () => {
  gateway = await startPublicGateway();
  const folder = makeFolder();
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'verify.mjs'), documented('js', { [WRITTEN_URL]: gateway.url }));
  ({ verifyAccessToken } = await import(/* @vite-ignore */ pathToFileURL(join(folder, 'verify.mjs')).href));
});
afterAll(async () => {
  await gateway.stop();
  await cleanUpProcesses();
});

test('a Node backend that knows only the public URL reads user, session and role from a token', async () => {
  const { session } = gateway;
  expect(await verifyAccessToken(session.accessToken)).toEqual({
    userId: session.user.id,
    sessionId: session.id,
    role: 'USER',
    phone: '+77010000002',
  });
});

test('accepts tokens when the clocks differ by less than 30 s', async () => {
  const { session, signingKey } = gateway;
  for (const [what, token] of Object.entries(tokensToAccept(session.accessToken, signingKey))) {
    expect(await verifyAccessToken(token).catch(String), what).toMatchObject({ userId: session.user.id });
  }
});

test('refuses a token of another issuer, another audience or an expired one', async () => {
  for (const [what, token] of Object.entries(tokensToRefuse(gateway.session.accessToken, gateway.signingKey))) {
    expect(await verifyAccessToken(token).catch((error: Error) => error), what).toMatchObject({
      code: expect.stringMatching(/^ERR_J/), // of jose: it was refused, and nothing broke
    });
  }
});

test('may cache the keys as long as the documentation says, because a new key is published before it signs', async () => {
  const { headers } = await fetch(`${gateway.url}/.well-known/jwks.json`);
  expect(headers.get('cache-control')).toBe('public, max-age=30');
  expect(PUBLISHED_AHEAD_SECONDS).toBe(50);
});

test('does not fetch the keys again for each token with an unknown kid', async () => {
  const { session, keyServer } = gateway;
  await verifyAccessToken(session.accessToken);
  const before = keyServer.fetched();
  for (const token of foreignTokens(session.accessToken, 20)) {
    await expect(verifyAccessToken(token)).rejects.toThrow('no applicable key');
  }
  expect(keyServer.fetched() - before).toBeLessThanOrEqual(1);
});
