import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import { Redis } from 'ioredis';
import { inject } from 'vitest';
import { createDatabase } from '../../support/gateway.js';
import { UNUSED_PORT, type World } from '../world.js';
import { type Fault, ownDatabase } from './fault.js';

const PASSWORD = 'hunter2-not-to-be-shown';

function changeUrl({ env }: World, name: string, change: Partial<URL>): void {
  env[name] = Object.assign(new URL(env[name] ?? ''), change).toString();
}

/** A port that accepts connections and never answers. */
async function silentPort(world: World): Promise<string> {
  const server = createServer((socket) => void socket.on('error', () => {}));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  world.atTheEnd(() => server.close());
  return `${(server.address() as AddressInfo).port}`;
}

export const DATABASE: Fault[] = [
  {
    planted: 'a wrong password of the database',
    plant: (world) => changeUrl(world, 'DATABASE_URL', { password: PASSWORD }),
    found: [{ about: 'database', message: /^DATABASE_URL cannot be used \(28P01\)$/, advice: /password .*is wrong/ }],
  },
  {
    planted: 'a password of the database with a % that is not written as %25',
    plant({ env, secrets }) {
      env['DATABASE_URL'] = env['DATABASE_URL']?.replace(/:[^:@/]+@/, ':50%off-and-more@') ?? '';
      secrets.push('50%off-and-more');
    },
    found: [{ about: 'database', message: /^DATABASE_URL cannot be used/, advice: /password/ }],
  },
  {
    planted: 'a database that does not exist',
    plant: (world) => changeUrl(world, 'DATABASE_URL', { pathname: '/nowhere' }),
    found: [{ about: 'database', message: /^DATABASE_URL cannot be used \(3D000\)$/, advice: /create it first/ }],
  },
  {
    planted: 'a database server that does not run',
    plant: (world) => changeUrl(world, 'DATABASE_URL', { port: UNUSED_PORT }),
    found: [{ about: 'database', message: /cannot be used \(ECONNREFUSED\)/, advice: /PostgreSQL runs there/ }],
  },
  {
    planted: 'a database server that does not answer',
    plant: async (world) => changeUrl(world, 'DATABASE_URL', { port: await silentPort(world) }),
    found: [{ about: 'database', message: /cannot be used \(timeout expired\)/, advice: /PostgreSQL runs there/ }],
  },
  {
    planted: 'a direct connection to another database',
    async plant(world) {
      const other = await createDatabase({ migrated: false });
      world.atTheEnd(() => other.drop());
      world.env['DIRECT_DATABASE_URL'] = other.url;
    },
    found: [{ about: 'database', message: /^DIRECT_DATABASE_URL leads to another database/, advice: /same database/ }],
  },
  {
    planted: 'a direct connection that does not work',
    plant: ({ env }) =>
      (env['DIRECT_DATABASE_URL'] = Object.assign(new URL(env['DATABASE_URL'] ?? ''), { port: UNUSED_PORT }).href),
    found: [{ about: 'database', message: /^DIRECT_DATABASE_URL cannot be used/, advice: /PostgreSQL runs there/ }],
  },
  {
    planted: 'no DATABASE_URL, and no running embedded PostgreSQL',
    plant: ({ env }) => delete env['DATABASE_URL'],
    found: [
      { about: 'configuration', level: 'warning', message: /^DATABASE_URL is not set/, advice: /documentation/ },
      { about: 'database', level: 'warning', message: /\.data\/ is not running/, advice: /starts with the gateway/ },
    ],
  },
  {
    planted: 'a database without our tables',
    plant: (world) => ownDatabase(world, { migrated: false }),
    found: [
      { about: 'migrations', message: /^not applied: \d+_init, \d+_delivery/, advice: /Start the gateway/ },
      { about: 'templates', message: /sms_templates cannot be read/, advice: /start the gateway/ },
    ],
  },
  {
    planted: 'one migration not applied yet',
    async plant(world) {
      const { query } = await ownDatabase(world);
      await query("DELETE FROM _prisma_migrations WHERE migration_name LIKE '%_delivery'");
    },
    found: [{ about: 'migrations', message: /^not applied: \d+_delivery$/, advice: /Start the gateway/ }],
  },
  {
    planted: 'a migration that was edited after it was applied',
    async plant(world) {
      const { query } = await ownDatabase(world);
      await query("UPDATE _prisma_migrations SET checksum = repeat('0', 64) WHERE migration_name LIKE '%_init'");
    },
    found: [
      { about: 'migrations', message: /^changed after they were applied: \d+_init$/, advice: /Restore these files/ },
    ],
  },
  {
    planted: 'a migration of a newer version',
    async plant(world) {
      const { query } = await ownDatabase(world);
      await query(
        "INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('new', 'new', '29990101000000_new', now())",
      );
    },
    found: [
      {
        about: 'migrations',
        level: 'warning',
        message: /^applied by a newer version: 29990101000000_new$/,
        advice: /same version/,
      },
    ],
  },
  {
    // A start of the gateway does not help: it fails with P3009.
    planted: 'a migration that failed',
    async plant(world) {
      const { query } = await ownDatabase(world);
      await query("UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name LIKE '%_delivery'");
    },
    found: [{ about: 'migrations', message: /_delivery/, advice: /_prisma_migrations/ }],
  },
  {
    planted: 'indexes whose creation, or whose mending, was interrupted',
    async plant(world) {
      const { query } = await ownDatabase(world);
      for (const name of ['sms_templates_Purpose_idx', 'sms_templates_key_ccnew1'])
        await query(`CREATE UNIQUE INDEX CONCURRENTLY "${name}" ON sms_templates (purpose)`).catch(() => {});
    },
    found: [
      {
        about: 'indexes',
        level: 'warning',
        message: /does not use sms_templates_Purpose_idx/,
        advice: /REINDEX INDEX CONCURRENTLY "sms_templates_Purpose_idx"$/,
      },
      {
        about: 'indexes',
        level: 'warning',
        message: /does not use sms_templates_key_ccnew1/,
        advice: /DROP INDEX CONCURRENTLY sms_templates_key_ccnew1$/,
      },
    ],
  },
  {
    // A start of the gateway does not help here either: it fails with P3005.
    planted: 'a database with tables of another application',
    async plant(world) {
      const { query } = await ownDatabase(world, { migrated: false });
      await query('CREATE TABLE orders (id int)');
    },
    found: [
      { about: 'migrations', message: /./, advice: /separate database for Phonegate/ },
      { about: 'templates', message: /sms_templates cannot be read/, advice: /./ },
    ],
  },
  {
    planted: 'a database user without the right to read',
    async plant(world) {
      const { query } = await ownDatabase(world);
      const name = `reads_nothing_${randomBytes(4).toString('hex')}`;
      await query(`CREATE ROLE ${name} LOGIN PASSWORD '${PASSWORD}'`);
      world.atTheEnd(() => query(`DROP ROLE ${name}`));
      changeUrl(world, 'DATABASE_URL', { username: name, password: PASSWORD });
    },
    found: [
      { about: 'migrations', message: /42501/, advice: /right to create and read tables/ },
      { about: 'templates', message: /sms_templates cannot be read/, advice: /./ },
    ],
  },
];

/** A user of Redis with these rights, which the gateway then uses. */
async function useRedisUser(world: World, ...rights: string[]): Promise<void> {
  const admin = new Redis(inject('redisUrl'));
  const name = `doctor_${randomBytes(4).toString('hex')}`;
  await admin.call('ACL', 'SETUSER', name, 'on', '>the-right-one', ...rights);
  world.atTheEnd(() => admin.call('ACL', 'DELUSER', name).finally(() => admin.disconnect()));
  changeUrl(world, 'REDIS_URL', { username: name, password: 'the-right-one' });
  world.secrets.push('the-right-one');
}

export const REDIS: Fault[] = [
  {
    planted: 'a Redis that does not run',
    plant: (world) => changeUrl(world, 'REDIS_URL', { port: UNUSED_PORT }),
    found: [{ about: 'redis', message: /^REDIS_URL cannot be used \(ECONNREFUSED\)$/, advice: /Redis runs there/ }],
  },
  {
    planted: 'a Redis that does not answer',
    plant: async (world) => changeUrl(world, 'REDIS_URL', { port: await silentPort(world) }),
    found: [
      {
        about: 'redis',
        message: /^REDIS_URL cannot be used \(NO_ANSWER\)$/,
        advice: /Redis runs there/,
      },
    ],
  },
  {
    planted: 'a wrong password of Redis',
    async plant(world) {
      const admin = new Redis(inject('redisUrl'));
      const name = `doctor_${randomBytes(4).toString('hex')}`;
      await admin.call('ACL', 'SETUSER', name, 'on', '>the-right-one', '+@all');
      world.atTheEnd(() => admin.call('ACL', 'DELUSER', name).finally(() => admin.disconnect()));
      changeUrl(world, 'REDIS_URL', { username: name, password: PASSWORD });
    },
    found: [{ about: 'redis', message: /^REDIS_URL cannot be used \(WRONGPASS\)$/, advice: /password .*is wrong/ }],
  },
  {
    planted: 'a Redis user without permissions',
    plant: (world) => useRedisUser(world),
    found: [{ about: 'redis', message: /NOPERM/, advice: /ACL SETUSER <user> &phonegate:\* \+publish/ }],
  },
  {
    planted: 'a Redis user that may subscribe but not publish',
    plant: (world) => useRedisUser(world, '+@all', '-publish', '&*'),
    found: [{ about: 'redis', message: /\(NOPERM publish\)$/, advice: /\+publish \+subscribe \+unsubscribe$/ }],
  },
  {
    planted: 'a Redis user without channels',
    plant: (world) => useRedisUser(world, '+@all', 'resetchannels'),
    found: [{ about: 'redis', message: /\(NOPERM channels\)$/, advice: /&phonegate:\*/ }],
  },
  {
    planted: 'several Redis hosts that are not a cluster',
    plant: ({ env }) => (env['REDIS_URL'] = env['REDIS_URL']?.replace(/[\d.]+:\d+/, '$&,$&') ?? ''),
    found: [{ about: 'redis', message: /\(NO_CLUSTER\)$/, advice: /Name one host, or write redis\+sentinel:/ }],
  },
  {
    planted: 'no Redis',
    plant: ({ env }) => delete env['REDIS_URL'],
    found: [{ about: 'redis', level: 'warning', message: /^REDIS_URL is not set/, advice: /more than one instance/ }],
  },
];
