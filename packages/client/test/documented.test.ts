import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { WRITTEN_URL } from '../../../test/sessions/backends/documented.js';
import { verifyStatus } from '../../../test/support/sign-in.js';
import { deliverWebhook, incomingText, somePhone, wrongCode } from '../../../test/support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../../../test/support/gateway.js';
import { PROJECT, cleanUpProcesses, makeFolder } from '../../../test/support/process.js';

/** The exports of the program in docs/guides/client.md. */
interface Program {
  signIn(phone: string, askForCode: (attempt: { attemptId: string }) => string): Promise<{ phone: string }>;
  signInByWhatsApp(show: (what: { loginMessage?: string; status?: string }) => void): Promise<{ phone: string }>;
  resend(attempt: object): Promise<{ __typename: string }>;
  whoIsIt(): Promise<{ phone: string } | undefined>;
  callBackend(url: string): Promise<Response>;
  signOut(): Promise<void>;
}

let database: TestDatabase;
let gateway: TestGateway;
let program: Program;

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url });
  const page = readFileSync(join(PROJECT, 'docs/guides/client.md'), 'utf8');
  const blocks = [...page.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
  const folder = makeFolder();
  mkdirSync(join(folder, 'node_modules/@phonegate'), { recursive: true });
  symlinkSync(join(PROJECT, 'packages/client'), join(folder, 'node_modules/@phonegate/client'));
  const file = join(folder, 'page.mjs');
  writeFileSync(
    file,
    `${blocks.join('\n').replace(WRITTEN_URL, gateway.url)}\nexport const close = () => session.close();`,
  );
  program = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Program;
});
afterAll(async () => {
  (program as unknown as { close(): void }).close();
  await gateway.stop();
  await database.drop();
  await cleanUpProcesses();
});

test('the program in docs/guides/client.md signs in by code and by WhatsApp, calls a backend and signs out', async () => {
  const log = vi.spyOn(console, 'log').mockReturnValue();
  const phone = somePhone();
  let tries = 0;
  const user = await program.signIn(phone, ({ attemptId }) => {
    const code = gateway.codeOf(attemptId);
    return (tries += 1) === 1 ? wrongCode(code) : code;
  });
  expect([user.phone, tries]).toEqual([phone, 2]);
  expect(await program.whoIsIt()).toMatchObject({ phone });

  const another = somePhone();
  const seen: (string | undefined)[] = [];
  let message = '';
  const signedIn = await program.signInByWhatsApp(({ loginMessage, status }) => {
    seen.push(status);
    if (status === 'PENDING') void deliverWebhook(gateway.url, incomingText(message, another));
    message = loginMessage ?? message;
  });
  expect(signedIn.phone).toBe(another);
  expect(seen).toEqual([undefined, 'PENDING', 'COMPLETED']);

  const shown: string[] = [];
  const backend = createServer(({ headers }, response) => {
    shown.push(headers.authorization ?? '');
    response.writeHead(shown.length === 1 ? 401 : 200).end();
  });
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  const { port } = backend.address() as { port: number };
  expect((await program.callBackend(`http://127.0.0.1:${port}`)).status).toBe(200);
  backend.close();
  backend.closeAllConnections();
  expect(new Set(shown).size).toBe(2);
  const token = shown[1]?.replace('Bearer ', '') ?? '';
  expect(await verifyStatus(gateway, token)).toBe(200);

  expect(await program.resend({ attemptId: 'no', secret: 'no' })).toMatchObject({ __typename: 'AttemptNotFound' });
  await program.signOut();
  expect(log.mock.calls).toEqual([['signed out']]);
  expect(await program.whoIsIt()).toBeUndefined();
  await expect.poll(() => verifyStatus(gateway, token)).toBe(401);
  log.mockRestore();
});
