import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Phonegate, createPhonegate } from '../src/index.js';
import { WRITTEN_URL } from '../../../test/sessions/backends/documented.js';
import { somePhone } from '../../../test/support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../../../test/support/gateway.js';
import { PROJECT, cleanUpProcesses, makeFolder } from '../../../test/support/process.js';
import { verifyStatus } from '../../../test/support/sign-in.js';

interface User {
  phone: string;
}

/** The exports of the program in README.md. */
interface Program {
  signIn(phone: string, askForCode: () => string): Promise<User>;
  restore(): Promise<User | undefined>;
  accessToken(): Promise<string | undefined>;
  signOut(): Promise<void>;
  devices(): Promise<{ id: string; device: string }[]>;
  createNativeClient(): Phonegate;
  signInByBrowser(
    client: Phonegate,
    openBrowser: (url: string) => Promise<{ code: string; state: string }>,
  ): Promise<{ __typename: string }>;
}

const readme = readFileSync(join(PROJECT, 'packages/client/README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
/** React Native's storage, which no test installs. */
const ASYNC_STORAGE = `
  const disk = new Map();
  const later = async (work) => { await new Promise((resolve) => setTimeout(resolve, 5)); return work(); };
  export default {
    getItem: (key) => later(() => disk.get(key) ?? null),
    setItem: (key, value) => later(() => void disk.set(key, value)),
    removeItem: (key) => later(() => void disk.delete(key)),
  };`;

let database: TestDatabase;
let gateway: TestGateway;
let program: Program;
const opened: Phonegate[] = [];
const keep = (client: Phonegate) => (opened.push(client), client);

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url, APPLICATIONS: 'mobile=com.example.app:/signed-in' });
  const modules = join(makeFolder(), 'node_modules');
  mkdirSync(join(modules, '@phonegate'), { recursive: true });
  symlinkSync(join(PROJECT, 'packages/client'), join(modules, '@phonegate/client'));
  const storage = join(modules, '@react-native-async-storage/async-storage');
  mkdirSync(storage, { recursive: true });
  writeFileSync(join(storage, 'package.json'), '{"type":"module","exports":"./index.js"}');
  writeFileSync(join(storage, 'index.js'), ASYNC_STORAGE);
  const file = join(modules, '../readme.mjs');
  writeFileSync(file, `${blocks.join('\n').replaceAll(WRITTEN_URL, gateway.url)}\nexport const all = phonegate;`);
  program = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Program;
  keep((program as unknown as { all: Phonegate }).all);
});
afterAll(async () => {
  for (const { session } of opened) session.close();
  await gateway.stop();
  await database.drop();
  await cleanUpProcesses();
});

/** The code that was sent last. */
const lastCode = () => {
  const attempt = gateway.log.findLast(({ event }) => event === 'otp.requested');
  return gateway.codeOf(String(attempt?.['attemptId']));
};

test('README.md is short, and its first example has ten lines', () => {
  expect(readme.length).toBeLessThan(6_000);
  expect(blocks[0]?.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(10);
});

test('the program in README.md signs in, sends an operation of its own and signs out', async () => {
  const log = vi.spyOn(console, 'log').mockReturnValue();
  const phone = somePhone();
  expect(await program.signIn(phone, lastCode)).toMatchObject({ phone });
  expect(await program.restore()).toMatchObject({ phone });
  const token = (await program.accessToken()) ?? '';
  expect(await verifyStatus(gateway, token)).toBe(200);
  expect(await program.devices()).toMatchObject([{ device: expect.any(String) }]);
  await program.signOut();
  expect(log.mock.calls).toEqual([['signed out']]);
  await expect.poll(() => verifyStatus(gateway, token)).toBe(401);
  log.mockRestore();
});

test('the native client in README.md signs in by an in-app browser, and is signed in after a restart', async () => {
  const page = keep(createPhonegate({ url: gateway.url }));
  const attempt = await page.requestOtp({ phone: somePhone() });
  if (attempt.__typename !== 'OtpRequested') throw new Error(attempt.__typename);
  await page.verifyOtp({ ...attempt, code: gateway.codeOf(attempt.attemptId) });

  async function openBrowser(url: string) {
    const query = new URL(url).searchParams;
    const answer = await page.createAuthorizationCode({
      clientId: query.get('client_id') ?? '',
      redirectUri: query.get('redirect_uri') ?? '',
      state: query.get('state'),
      codeChallenge: query.get('code_challenge'),
    });
    if (answer.__typename !== 'AuthorizationCode') throw new Error(answer.__typename);
    const { code = '', state = '' } = Object.fromEntries(new URL(answer.redirectTo).searchParams);
    return { code, state };
  }
  const client = keep(program.createNativeClient());
  expect(await program.signInByBrowser(client, openBrowser)).toMatchObject({ __typename: 'Session' });
  const { id, refreshToken } = { ...client.session.current(), refreshToken: client.session.refreshToken() };
  await new Promise((resolve) => setTimeout(resolve, 50)); // the write to storage
  client.session.close();
  const later = keep(program.createNativeClient());
  await expect.poll(async () => (await later.session.restore())?.id).toBe(id);
  expect(later.session.refreshToken()).not.toBe(refreshToken);
});
