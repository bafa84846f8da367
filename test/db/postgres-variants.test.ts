import { chmodSync, chownSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { connectDatabase } from '../../src/db/database.js';
import { postgresAccount } from '../../src/db/embedded/account.js';
import { isStorageError } from '../../src/db/storage-error.js';
import { createLog } from '../../src/log.js';
import { phonegate, spawnPhonegate } from '../cli/run.js';
import { type Authority, type Certificate, createAuthority, selfSigned } from '../support/certificates.js';
import { call } from '../support/calls.js';
import { fetchHealth, startGateway } from '../support/gateway.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { cleanUpProcesses } from '../support/process.js';
import { signIn } from '../support/sign-in.js';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(async () => {
  await server.stop();
  await cleanUpProcesses();
});

/** A database of the server, as a user with a URL of their own writes it. */
const urlOf = (database: string, { user = '', query = '' } = {}) => {
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  url.search = query;
  if (user !== '') [url.username, url.password] = [user, 'secret'];
  return url.toString();
};
const migrate = (url: string) => phonegate(['migrate'], { env: { DATABASE_URL: url } });

/** Runs statements in a database of the server. */
async function run(database: string, ...statements: string[]): Promise<void> {
  for (const statement of statements) await server.queryIn(database, statement);
}

async function signInThrough(url: string): Promise<void> {
  const gateway = await startGateway({ DATABASE_URL: url });
  onTestFinished(() => gateway.stop());
  expect(await signIn(gateway)).toMatchObject({ __typename: 'Session' });
  expect(gateway.log.filter(({ event }) => event.endsWith('.bug'))).toEqual([]);
}

const tablesIn = (database: string, schema: string) =>
  server.queryIn<{ tables: number }>(
    database,
    `SELECT count(*)::int AS tables FROM pg_tables WHERE schemaname = '${schema}'`,
  );

describe('TLS', () => {
  const LOCAL = 'DNS:localhost,IP:127.0.0.1';
  let authority: Authority;
  beforeAll(() => {
    authority = createAuthority();
  });

  /** Connections that are opened from now on get this certificate. */
  async function present({ certFile, keyFile }: Certificate): Promise<void> {
    const { uid, gid } = postgresAccount();
    const [cert, key] = [join(server.data, 'server.crt'), join(server.data, 'server.key')];
    copyFileSync(certFile, cert);
    copyFileSync(keyFile, key);
    chmodSync(key, 0o600);
    if (uid !== undefined && gid !== undefined) for (const file of [cert, key]) chownSync(file, uid, gid);
    await run('postgres', 'ALTER SYSTEM SET ssl = on', 'SELECT pg_reload_conf()');
    await vi.waitFor(async () => expect(await server.query('SHOW ssl')).toEqual([{ ssl: 'on' }]));
  }
  const complaintOf = async (query: string) => (await migrate(urlOf('postgres', { query }))).stderr;

  test('from a private CA says to name it, and works with sslrootcert or NODE_EXTRA_CA_CERTS', async () => {
    await present(authority.issue(LOCAL));
    await run('postgres', 'CREATE DATABASE private_ca');
    const url = urlOf('private_ca', { query: 'sslmode=require' });
    expect((await migrate(url)).stderr).toMatch(
      /\(UNABLE_TO_VERIFY_LEAF_SIGNATURE\): TLS: this machine does not know the CA .* sslrootcert=.* NODE_EXTRA_CA_CERTS/,
    );
    expect(await migrate(`${url}&sslrootcert=${authority.caFile}`)).toMatchObject({ code: 0, stderr: '' });
    const env = { DATABASE_URL: url, NODE_EXTRA_CA_CERTS: authority.caFile };
    expect(await spawnPhonegate(['migrate'], { env })).toEqual({
      code: 0,
      stdout: 'All migrations were applied already.\n',
      stderr: '',
    });
  });

  test('that is self-signed says to name its certificate, and works with it', async () => {
    const certificate = selfSigned(LOCAL);
    await present(certificate);
    expect(await complaintOf('sslmode=verify-full')).toMatch(/\(DEPTH_ZERO_SELF_SIGNED_CERT\): TLS: .*sslrootcert/);
    const { stdout, stderr } = await migrate(
      urlOf('private_ca', { query: `sslmode=verify-full&sslrootcert=${certificate.certFile}` }),
    );
    expect(`${stdout}${stderr}`).toBe('All migrations were applied already.\n');
  });

  test('that has expired says so', async () => {
    await present(authority.issue(LOCAL, -1));
    expect(await complaintOf(`sslmode=verify-full&sslrootcert=${authority.caFile}`)).toMatch(
      /\(CERT_HAS_EXPIRED\): TLS: the certificate of the server has expired/,
    );
  });

  test('for another name says to use that name', async () => {
    await present(authority.issue('DNS:db.internal'));
    expect(await complaintOf(`sslmode=verify-full&sslrootcert=${authority.caFile}`)).toMatch(
      /\(ERR_TLS_CERT_ALTNAME_INVALID\): TLS: the certificate of the server is for other names/,
    );
  });

  test('with a file that does not exist says which parameters name files', async () => {
    expect(await complaintOf('sslmode=verify-full&sslrootcert=/nowhere/ca.pem')).toMatch(
      /\(ENOENT\): TLS: a file that sslrootcert, sslcert or sslkey/,
    );
  });

  test('that the server does not use says so', async () => {
    const { stderr } = await migrate(`${inject('postgresUrl')}?sslmode=require`);
    expect(stderr).toMatch(/\): TLS: the server does not use it/);
  });
});

describe('a schema', () => {
  test('that ?schema= names holds the tables, and users sign in', async () => {
    await run('postgres', 'CREATE DATABASE by_url');
    const url = urlOf('by_url', { query: 'schema=auth' });
    expect((await migrate(url)).stderr).toMatch(/\(3F000\): the schema .* does not exist; create it first/);
    await run('by_url', 'CREATE SCHEMA auth');
    expect(await migrate(url)).toMatchObject({ code: 0, stderr: '' });
    expect(await tablesIn('by_url', 'public')).toEqual([{ tables: 0 }]);
    await signInThrough(url);
    const { stdout } = await phonegate(['doctor'], { env: { DATABASE_URL: url } });
    expect(stdout).toMatch(/migrations +all applied/);
  });

  test('that the search_path of the role names holds the tables, and users sign in', async () => {
    await run(
      'postgres',
      `CREATE ROLE with_path LOGIN PASSWORD 'secret'`,
      'CREATE DATABASE by_role OWNER with_path',
      'ALTER ROLE with_path SET search_path = auth',
    );
    await run('by_role', 'CREATE SCHEMA auth AUTHORIZATION with_path');
    const url = urlOf('by_role', { user: 'with_path' });
    expect(await migrate(url)).toMatchObject({ code: 0, stderr: '' });
    expect(await tablesIn('by_role', 'public')).toEqual([{ tables: 0 }]);
    await signInThrough(url);
  });
});

test('a role that may not create tables gets an error that names the rights it needs', async () => {
  await run('postgres', `CREATE ROLE without_create LOGIN PASSWORD 'secret'`, 'CREATE DATABASE of_others');
  const url = urlOf('of_others', { user: 'without_create' });
  const advice =
    /\(42501\): give the user the right to create .* \(GRANT CREATE ON DATABASE and GRANT CREATE ON SCHEMA\)/;
  expect((await migrate(url)).stderr).toMatch(advice);
  // The first migration creates the schema public, if it does not exist.
  await run('of_others', 'GRANT CREATE ON SCHEMA public TO without_create');
  expect((await migrate(url)).stderr).toMatch(advice);
  await run('of_others', 'GRANT CREATE ON DATABASE of_others TO without_create');
  expect(await migrate(url)).toMatchObject({ code: 0, stderr: '' });
});

test('a Unix socket is named with ?host=, and users sign in', async () => {
  await run('postgres', 'CREATE DATABASE by_socket');
  const { username, password } = new URL(server.url);
  const address = `postgresql://${username}:${password}@/by_socket?host=${server.socketFolder}&port=${server.port}`;
  expect(await migrate(address)).toMatchObject({ code: 0, stderr: '' });
  await signInThrough(address);
});

describe('a server that becomes read-only', () => {
  const CONNECTIONS = `SELECT count(*)::int AS left FROM pg_stat_activity WHERE application_name = 'phonegate sign-in'`;
  const setReadOnly = (value: 'on' | 'off') =>
    run('postgres', `ALTER SYSTEM SET default_transaction_read_only = ${value}`, 'SELECT pg_reload_conf()');

  test('makes the gateway not ready, takes its connections, and refuses a start with advice, until it accepts writes', async () => {
    await run('postgres', 'CREATE DATABASE writable');
    const url = urlOf('writable');
    await migrate(url);
    const gateway = await startGateway({ DATABASE_URL: url });
    onTestFinished(() => gateway.stop());
    await signIn(gateway);
    const untilStatus = (status: number, database: string) =>
      vi.waitFor(
        async () => {
          const response = await fetchHealth(gateway);
          expect([response.status, await response.json()]).toMatchObject([status, { database }]);
        },
        { timeout: 10_000, interval: 100 },
      );

    const [{ now: before } = { now: '' }] = await server.query<{ now: string }>('SELECT now()::text AS now');
    await setReadOnly('on');
    onTestFinished(() => setReadOnly('off'));
    await untilStatus(503, 'read-only');
    const start = 'mutation { requestOtp(input: { phone: "+77010000002" }) { __typename } }';
    const codes = new Set<string | undefined>();
    // PostgreSQL reports it with the answer to the next statement. So many requests use every connection.
    await vi.waitFor(
      async () => {
        const answers = await Promise.all(Array.from({ length: 20 }, () => call(gateway.graphqlUrl, start)));
        for (const { errors } of answers) codes.add(errors?.[0]?.extensions?.code);
        expect(await server.query(`${CONNECTIONS} AND backend_start < '${before}'`)).toEqual([{ left: 0 }]);
      },
      { timeout: 10_000 },
    );
    expect(codes).toEqual(new Set(['UNAVAILABLE']));
    const database = connectDatabase(url, createLog('silent'));
    onTestFinished(() => database.close());
    const throughPrisma = [
      database.prisma.user.findFirst(),
      database.prisma.$transaction(async (transaction) => transaction.user.findFirst()),
    ];
    // Both are awaited at once: a rejection that nobody awaits yet would end the run.
    for (const answer of await Promise.allSettled(throughPrisma))
      expect(answer.status === 'rejected' && isStorageError(answer.reason)).toBe(true);
    expect((await migrate(url)).stderr).toMatch(
      /\(25006\): this server is read-only: .* write the host of the primary/,
    );

    await setReadOnly('off');
    await untilStatus(200, 'up');
    await signIn(gateway);
    expect(gateway.log.filter(({ event }) => event.endsWith('.bug'))).toEqual([]);
    expect(gateway.log.filter(({ event }) => event === 'database.state_changed')).toMatchObject([
      { from: 'up', to: 'read-only' },
      { from: 'read-only', to: 'up' },
    ]);
  });
});
