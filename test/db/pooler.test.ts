import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type TestDatabase, createDatabase, startGateway } from '../support/gateway.js';
import { signIn } from '../support/sign-in.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

/** What PgBouncer answers to a startup parameter that it does not know. */
const REFUSAL = 'SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: statement_timeout\0\0';

/** A pooler that refuses connections with a statement_timeout, as PgBouncer does without ignore_startup_parameters. */
async function startPooler(): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    sockets.add(near);
    near.on('error', () => {});
    near.once('data', (startup) => {
      if (startup.includes('statement_timeout')) {
        const length = Buffer.alloc(4);
        length.writeInt32BE(Buffer.byteLength(REFUSAL) + 4);
        near.end(Buffer.concat([Buffer.from('E'), length, Buffer.from(REFUSAL)]));
        return;
      }
      const { port, hostname } = new URL(database.url);
      const far = connect(Number(port), hostname);
      far.on('error', () => {}).on('close', () => near.destroy());
      near.on('close', () => far.destroy());
      far.write(startup);
      near.pipe(far).pipe(near);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const url = new URL(database.url);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return url.toString();
}

const startBehindPooler = async () => {
  const gateway = await startGateway({ DATABASE_URL: await startPooler() });
  onTestFinished(() => gateway.stop());
  return gateway;
};

test('behind a pooler that refuses parameters users can sign in, and the log says that timeouts are missing', async () => {
  const gateway = await startBehindPooler();
  expect((await signIn(gateway)).__typename).toBe('Session');
  expect(gateway.log.filter(({ event }) => event === 'database.no_statement_timeout')).toMatchObject([
    { level: 'warn', timeoutMs: 0 },
  ]);
});

test('a timeout that is set for the role or the database is enough', async () => {
  const [{ name } = { name: '' }] = await database.query<{ name: string }>('SELECT current_database() AS name');
  await database.query(`ALTER DATABASE ${name} SET statement_timeout = '9s'`);
  const gateway = await startBehindPooler();
  expect(gateway.log.filter(({ event }) => event === 'database.no_statement_timeout')).toEqual([]);
  await database.query(`ALTER DATABASE ${name} RESET statement_timeout`);
});
