import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../../../test/support/gateway.js';
import { PROJECT } from '../../../test/support/process.js';
import { startWhatsAppLogin } from '../../../test/support/calls.js';
import { signIn } from '../../../test/support/sign-in.js';

let database: TestDatabase;
let gateway: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url });
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

/** Runs a program in plain Node with the published client. @returns what it printed */
async function run(program: string): Promise<string> {
  const child = spawn(process.execPath, ['--input-type=module', '--unhandled-rejections=strict', '-e', program], {
    cwd: PROJECT,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 10_000,
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  expect([child.exitCode, stderr]).toEqual([0, '']);
  return stdout.trim();
}

test('a program with a session exits after session.close()', async () => {
  const session = await signIn(gateway);
  const program = `
    import { createPhonegate } from '@phonegate/client';
    const { session } = createPhonegate({ url: ${JSON.stringify(gateway.url)} });
    session.keep(${JSON.stringify(session)});
    console.log((await session.accessToken()).length > 100);
    session.close();
    session.close();
    session.forget(); // allowed after close, too
    console.log(await session.accessToken());`;
  expect(await run(program)).toBe('true\nundefined');
});

test('a program exits that leaves a watch in the middle', async () => {
  const { attemptId, secret } = await startWhatsAppLogin(gateway.graphqlUrl);
  const program = `
    import { WebSocket } from 'ws';
    import { createPhonegate } from '@phonegate/client';
    const phonegate = createPhonegate({ url: ${JSON.stringify(gateway.url)}, webSocketImpl: WebSocket });
    for await (const { status } of phonegate.watchLogin(${JSON.stringify({ attemptId, secret })})) {
      console.log(status);
      break;
    }
    phonegate.session.close();`;
  expect(await run(program)).toBe('PENDING');
});
