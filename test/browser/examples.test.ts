import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PublicGateway, startPublicGateway } from '../sessions/backends/public-gateway.js';
import { tokensToAccept, tokensToRefuse } from '../sessions/backends/tokens.js';
import { freePort } from '../support/ports.js';
import {
  PROJECT,
  cleanUpProcesses,
  familyOf,
  killAll,
  makeFolder,
  serversOf,
  until,
  untilGone,
} from '../support/process.js';
import { sharedChromium } from './support/chromium.js';

const PHONE = '+77010000002';
const REFUSED = 'The API says 401: Sign in first.';
const GREETED = `The API says 200: Hello ${PHONE}, your role is USER`;
const ACCESS_TOKEN = /eyJ[\w-]+\.eyJ/;

/** `npm run examples` in a separate folder, with only PATH from the environment. */
interface Examples {
  process: ChildProcess;
  pid: number;
  folder: string;
  ports: { PORT: string; API_PORT: string; WEB_PORT: string };
  written: () => string;
  exited: Promise<unknown[]>;
}

let examples: Examples;
let gateway: PublicGateway;
let createApi: (issuer: string) => Server;

beforeAll(async () => {
  const [PORT, API_PORT, WEB_PORT] = (await Promise.all([freePort(), freePort(), freePort()])).map(String);
  examples = start({ PORT: String(PORT), API_PORT: String(API_PORT), WEB_PORT: String(WEB_PORT) });
  ({ createApi } = await import(/* @vite-ignore */ pathToFileURL(join(PROJECT, 'examples/api.mjs')).href));
  gateway = await startPublicGateway();
  await until(() => {
    if (examples.process.exitCode !== null) throw new Error(`The examples do not start:\n${examples.written()}`);
    return examples.written().includes('The examples are ready');
  }, 50_000);
});

afterAll(async () => {
  await gateway?.stop();
  killAll(familyOf(examples.pid));
  await cleanUpProcesses();
});

test('React: the API greets a user who signs in with the form in the page, and refuses before and after', async () => {
  const { page, finish } = await visit('/vite-react/');
  await says(page, REFUSED);
  await signIn(page);
  await says(page, GREETED);
  await page.reload();
  await says(page, GREETED);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await says(page, REFUSED);
  await page.reload();
  await says(page, REFUSED);
  await finish();
});

test('Redirect: the API greets a user who signs in on the gateway’s page and comes back', async () => {
  const { page, finish } = await visit('/redirect/');
  await says(page, REFUSED);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`http://localhost:${examples.ports.PORT}/login?**`);
  await signIn(page);
  await says(page, GREETED);
  expect(page.url()).toBe(addressOf('/redirect/'));
  await page.reload();
  await says(page, GREETED);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await says(page, REFUSED);
  await page.reload();
  await says(page, REFUSED);
  await finish();
});

test('Redirect: rejects a code and state of a sign-in that was not started in this tab', async () => {
  const { page, finish } = await visit('/redirect/?code=of-somebody-else&state=of-somebody-else');
  await page.getByRole('alert').getByText('This sign-in was not begun in this tab.').waitFor();
  await says(page, REFUSED);
  expect(page.url()).toBe(addressOf('/redirect/'));
  await finish();
});

test('the web server of the examples serves no file of the gateway', async () => {
  for (const file of [join(examples.folder, '.data/gateway-secret'), join(PROJECT, 'package.json')]) {
    expect(existsSync(file), file).toBe(true);
    expect((await fetch(addressOf(`/@fs${file}?raw`))).status, file).toBe(403);
  }
});

test('the API answers 401 with a challenge to no token and to a token of another gateway', async () => {
  const address = `http://localhost:${examples.ports.API_PORT}/api/hello`;
  const bare = await fetch(address);
  expect([bare.status, bare.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  expect(await ask(address, gateway.session.accessToken)).toEqual([401, 'Bearer error="invalid_token"']);
});

test('the API accepts tokens of its gateway, and rejects forged, expired and foreign ones', async () => {
  const { session, signingKey, url } = gateway;
  await withApi(url, async (address) => {
    for (const [what, token] of Object.entries(tokensToAccept(session.accessToken, signingKey)))
      expect(await ask(address, token), what).toEqual([200, null]);
    for (const [what, token] of Object.entries(tokensToRefuse(session.accessToken, signingKey)))
      expect(await ask(address, token), what).toEqual([401, expect.stringMatching(/^Bearer/)]);
  });
});

test('the API answers 503 and blames no token when it cannot fetch the gateway’s keys', async () => {
  await withApi(`http://127.0.0.1:${await freePort()}`, async (address) => {
    expect(await ask(address, gateway.session.accessToken)).toEqual([503, null]);
  });
});

test('the start names a port that is in use and the variable that sets another', async () => {
  const second = start({ ...examples.ports, PORT: `${await freePort()}` });
  const [code] = await second.exited;
  expect(second.written()).toContain(`Port ${examples.ports.API_PORT} is already in use`);
  expect(second.written()).toContain('set API_PORT to another port');
  expect(code).toBe(1);
});

test('Ctrl-C ends every process of the examples', async () => {
  const family = familyOf(examples.pid);
  expect(family.length).toBeGreaterThan(1); // PostgreSQL
  process.kill(-examples.pid, 'SIGINT');
  expect(await examples.exited).toEqual([0, null]);
  expect(await untilGone(family)).toEqual([]);
  expect(serversOf(examples.folder)).toEqual([]);
});

function start(ports: Examples['ports']): Examples {
  const folder = makeFolder();
  const child = spawn(process.execPath, [join(PROJECT, 'scripts/examples.mjs')], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, ...ports },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let written = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (written += text));
  if (child.pid === undefined) throw new Error('Node.js cannot be run');
  return { process: child, pid: child.pid, folder, ports, written: () => written, exited: once(child, 'close') };
}

const addressOf = (path: string) => `http://localhost:${examples.ports.WEB_PORT}${path}`;

/** Opens a page in a new browser context. `finish` checks the URLs and the console, and closes it. */
async function visit(path: string): Promise<{ page: Page; finish: () => Promise<void> }> {
  const browser = await sharedChromium();
  const context = await browser.newContext({ locale: 'en-US' });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const addresses: string[] = [];
  const forbidden: string[] = [];
  page.on('request', (request) => addresses.push(request.url()));
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) forbidden.push(message.text());
  });
  const response = await page.goto(addressOf(path));
  expect(response?.headers()['content-security-policy']).toContain("default-src 'self'");
  expect(await page.locator('script:not([src])').count()).toBe(0);
  return {
    page,
    async finish() {
      expect(forbidden).toEqual([]);
      expect(addresses.filter((address) => ACCESS_TOKEN.test(address))).toEqual([]);
      await context.close();
    },
  };
}

/** Fills in the login form, in the application or on the gateway's page. */
async function signIn(page: Page): Promise<void> {
  const before = examples.written().length;
  await page.getByLabel('Phone number').fill('8 701 000 00 02');
  await page.getByRole('button', { name: 'Send code' }).click();
  const code = () => /"event":"console\.message".*"code":"(\d+)"/.exec(examples.written().slice(before))?.[1];
  await until(() => code() !== undefined, 10_000);
  await page.getByLabel('Code').fill(String(code()));
}

/** Waits for the API's answer on the page; then no access token may be stored or in a cookie. */
async function says(page: Page, text: string): Promise<void> {
  await page.getByRole('status').getByText(text, { exact: true }).waitFor();
  const kept = await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])');
  expect(kept).not.toMatch(ACCESS_TOKEN);
}

async function withApi(issuer: string, act: (address: string) => Promise<void>): Promise<void> {
  const api = createApi(issuer).listen(0, '127.0.0.1');
  await once(api, 'listening');
  try {
    await act(`http://127.0.0.1:${(api.address() as AddressInfo).port}/api/hello`);
  } finally {
    api.close();
    api.closeAllConnections();
  }
}

/** The status of the answer to a token, and the WWW-Authenticate header. */
async function ask(address: string, token: string): Promise<[number, string | null]> {
  const { status, headers } = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
  return [status, headers.get('www-authenticate')];
}
