import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { claimLogin, requestOtp, somePhone, startWhatsAppLogin, verifyOtp } from '../support/calls.js';
import { writeFromDevPhone } from '../support/dev-phone.js';
import { type Addresses, type GatewayProcess, cleanUpProcesses, makeFolder, spawnGateway } from '../support/process.js';
import { connectSocket, watchToTheEnd } from '../support/watch.js';

/** The gateway on Node.js 24, whichever Node.js runs the tests. */
vi.setConfig({ testTimeout: 60_000 });

let gateway: GatewayProcess & Addresses;
beforeAll(async () => {
  const started = spawnGateway(makeFolder(), { node: await findNode24() });
  gateway = Object.assign(started, await started.ready());
});
afterAll(cleanUpProcesses);

async function findNode24(): Promise<string> {
  const script = new URL('../../scripts/install-programs.mjs', import.meta.url).href;
  const programs = (await import(/* @vite-ignore */ script)) as { findNode24(): string | undefined };
  const node = programs.findNode24();
  if (!node) throw new Error('This test needs Node.js 24: run "npm run programs", or set NODE_24 to its program.');
  expect(execFileSync(node, ['--version'], { encoding: 'utf8' })).toMatch(/^v24\./);
  return node;
}

test('a gateway on Node.js 24 starts with its own PostgreSQL and reports that it is ready', async () => {
  expect(gateway.stdout()).toContain('"event":"database.migrated"');
  expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(200);
});

test('a gateway on Node.js 24 signs a user in with a code', async () => {
  const phone = somePhone();
  const attempt = await requestOtp(gateway.graphqlUrl, { phone });
  const session = await verifyOtp(gateway.graphqlUrl, { ...attempt, code: gateway.codeOf(attempt.attemptId) });
  expect(session).toMatchObject({ __typename: 'Session', user: { phone } });
});

test('a gateway on Node.js 24 signs a user in with a WhatsApp message, and notifies the waiting browser over WebSocket', async () => {
  const phone = somePhone();
  const attempt = await startWhatsAppLogin(gateway.graphqlUrl);
  const client = connectSocket(gateway.socketUrl);
  const statuses = watchToTheEnd(client, attempt);
  await writeFromDevPhone(gateway.url, { from: phone, text: attempt.loginMessage });
  expect((await statuses).at(-1)).toBe('COMPLETED');
  await client.dispose();
  expect(await claimLogin(gateway.graphqlUrl, attempt)).toMatchObject({ __typename: 'Session', user: { phone } });
});

test('a gateway on Node.js 24 ends on SIGTERM with exit code 0 and without an error', async () => {
  gateway.signal('SIGTERM');
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
  expect(gateway.stderr()).toBe('');
});
