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

/** A server renders with a client that is created when its module is loaded. */
test('a server that only creates a client exits, and the client has used nothing', async () => {
  const program = `
    const used = [];
    const spy = (name) => {
      const real = globalThis[name];
      Object.defineProperty(globalThis, name, {
        configurable: true,
        get() {
          used.push(name);
          return real;
        },
      });
    };
    const names = ['fetch', 'setTimeout', 'setInterval', 'BroadcastChannel', 'WebSocket', 'localStorage', 'crypto', 'queueMicrotask'];
    names.forEach(spy);
    const { createPhonegate } = await import('@phonegate/client');
    used.length = 0; // what loading a module uses
    const calls = [];
    const storage = new Proxy({}, { get: (_, name) => () => void calls.push(name) });
    const clients = [createPhonegate({ url: 'https://login.example.com' }), createPhonegate({ url: 'https://login.example.com', storage })];
    await null;
    console.log(JSON.stringify({ used, calls, current: clients.map(({ session }) => session.current() ?? null) }));`;
  const expected = JSON.stringify({ used: [], calls: [], current: [null, null] });
  expect(await run(program)).toBe(expected);
});
