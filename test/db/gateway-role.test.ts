import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { connectDatabase } from '../../src/db/database.js';
import { minUuidAt } from '../../src/db/uuid-time.js';
import { createAudit } from '../../src/events/audit.js';
import { cleanUp } from '../../src/maintenance/cleanup.js';
import { createPartitions, dropOldPartitions } from '../../src/maintenance/partitions.js';
import { spawnPhonegate } from '../cli/run.js';
import { SILENT } from '../sessions/gateway-key.js';
import { requestOtp, somePhone, verifyOtp } from '../support/calls.js';
import { type TestDatabase, createDatabase, startGateway } from '../support/gateway.js';

const ROLE = `gateway_${uuidv7().replaceAll('-', '')}`;
const DAY_MS = 86_400_000;

let owned: TestDatabase;
let gatewayUrl: string;
let client: pg.Client;

const withUser = (url: string, user: string) => {
  const changed = new URL(url);
  changed.username = user;
  changed.password = 'a-password-for-tests';
  return changed.href;
};
/** In a process of its own: the schema engine panics beside the Prisma clients of other tests. */
const migrate = (env: Record<string, string>) =>
  spawnPhonegate(['migrate'], { env: { PATH: process.env['PATH'] ?? '', ...env } });

beforeAll(async () => {
  owned = await createDatabase({ migrated: false });
  await owned.query(`CREATE ROLE ${ROLE} LOGIN PASSWORD 'a-password-for-tests'`);
  gatewayUrl = withUser(owned.url, ROLE);
  const { code, stdout, stderr } = await migrate({ DATABASE_OWNER_URL: owned.url, DATABASE_URL: gatewayUrl });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^Applied: .*_gateway_role.*\nThe role gateway_\w+ has the rights/);
  client = new pg.Client({ connectionString: gatewayUrl });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await owned.query(`DROP OWNED BY ${ROLE}`);
  await owned.query(`DROP ROLE ${ROLE}`);
  await owned.drop();
});

const insertEntry = (days: number) => {
  const at = new Date(Date.now() - days * DAY_MS);
  const id = uuidv7({ msecs: at.getTime() });
  return owned.query('INSERT INTO audit_log (id, at, event) VALUES ($1, $2, $3)', [id, at, `${days} days`]);
};
const events = async () =>
  (await owned.query<{ event: string }>(`SELECT event FROM audit_log WHERE event LIKE '% days' ORDER BY id`)).map(
    ({ event }) => event,
  );

describe('a gateway whose role owns nothing', () => {
  test('starts, signs a user in and writes the audit log', async ({ onTestFinished }) => {
    const gateway = await startGateway({ DATABASE_URL: gatewayUrl });
    onTestFinished(() => gateway.stop());
    const attempt = await requestOtp(gateway.graphqlUrl, { phone: somePhone() });
    const session = await verifyOtp(gateway.graphqlUrl, { ...attempt, code: gateway.codeOf(attempt.attemptId) });
    expect(session.__typename).toBe('Session');
    await vi.waitFor(
      async () => expect(await owned.query(`SELECT event FROM audit_log WHERE event = 'otp.verified'`)).toHaveLength(1),
      { timeout: 10_000 },
    );
    expect(gateway.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('deletes audit entries after their retention period', async () => {
    for (const days of [400, 100, 1]) await insertEntry(days);
    const database = connectDatabase(gatewayUrl, SILENT);
    const audit = createAudit({ database, log: SILENT });
    const config = {
      retention: { historyDays: 90, auditDays: 365, guardEventDays: 30 },
      defaultCountries: ['KZ' as const],
    };
    await cleanUp({ signal: new AbortController().signal }, { config, database, audit });
    await audit.close();
    await database.close();
    expect(await events()).toEqual(['100 days', '1 days']);
  });

  test('cannot delete an entry of the last 30 days through the function, whatever it asks for', async () => {
    const now = minUuidAt(new Date(Date.now() + DAY_MS));
    await client.query('SELECT audit_log_delete_old($1, 1000)', [now]);
    expect(await events()).toContain('1 days');
  });

  test('creates partitions ahead, and drops an old one, through the functions of the owner', async () => {
    await owned.query('ALTER TABLE audit_log DETACH PARTITION audit_log_first');
    const bound = minUuidAt(new Date(Date.now() - 400 * DAY_MS));
    // As many administrators set it, so that new tables can be used.
    await owned.query(`ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO ${ROLE}, PUBLIC`);
    await owned.query(`CREATE TABLE audit_log_old PARTITION OF audit_log FOR VALUES FROM (MINVALUE) TO ('${bound}')`);
    const database = connectDatabase(gatewayUrl, SILENT);
    await createPartitions({ database });
    const firstKept = minUuidAt(new Date());
    expect(await dropOldPartitions({ table: 'audit_log', firstKept }, { database })).toBe(true);
    await database.close();
    expect(await owned.query(`SELECT FROM partitions_of('audit_log') WHERE name <> 'audit_log_default'`)).toHaveLength(
      3,
    );
    await insertEntry(0);
    expect(await owned.query('SELECT FROM audit_log_default')).toEqual([]);
    const rights = `SELECT name, a.grantee::regrole::text AS grantee FROM partitions_of('audit_log') p, pg_class c, aclexplode(c.relacl) a
                    WHERE c.relname = p.name AND a.grantee <> c.relowner`;
    expect(await owned.query(rights)).toEqual([]);
    expect(
      await owned.query(
        `SELECT FROM partitions_of('audit_log') p, pg_class c WHERE c.relname = p.name AND pg_get_userbyid(c.relowner) = $1`,
        [ROLE],
      ),
    ).toEqual([]);
    await owned.query(`ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM ${ROLE}, PUBLIC`);
  });

  test.each(['SELECT FROM', 'DELETE FROM', 'TRUNCATE', 'DROP TABLE'])(
    'is refused %s a partition of the audit log, also after the rights were granted again',
    async (act) => {
      await owned.query('SELECT grant_gateway_role($1)', [ROLE]);
      const [partition] = await owned.query<{ name: string }>(`SELECT name FROM partitions_of('audit_log') LIMIT 1`);
      await expect(client.query(`${act} ${partition?.name}`)).rejects.toMatchObject({ code: '42501' });
      expect((await client.query('SELECT FROM audit_log LIMIT 1')).rowCount).toBe(1);
    },
  );

  test.each([
    [`UPDATE audit_log SET event = 'x'`],
    ['DELETE FROM audit_log'],
    ['TRUNCATE audit_log'],
    ['DROP TABLE audit_log'],
    ['ALTER TABLE audit_log DISABLE TRIGGER ALL'],
    ['ALTER TABLE audit_log ADD COLUMN x text'],
    ['ALTER TABLE audit_log OWNER TO CURRENT_USER'],
    ['DROP TRIGGER audit_log_append_only ON audit_log'],
    ['CREATE TRIGGER x BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_log_refuse()'],
    [`SET session_replication_role = 'replica'`],
    [`SELECT grant_gateway_role(CURRENT_USER::name)`],
    ['DROP FUNCTION audit_log_delete_old(uuid, integer)'],
    [`UPDATE _prisma_migrations SET checksum = 'x'`],
    ['ALTER TABLE audit_log DETACH PARTITION audit_log_default'],
    ['CREATE TABLE x PARTITION OF audit_log FOR VALUES FROM (MINVALUE) TO (MAXVALUE)'],
    ['DROP TABLE users'],
    ['CREATE TABLE x (id int)'],
  ])('is refused %s', async (sql) => {
    await expect(client.query(sql)).rejects.toMatchObject({ code: '42501' });
  });

  test('a temporary table does not mislead the function of the owner', async () => {
    await client.query('CREATE TEMP TABLE audit_log (id uuid, at timestamptz)');
    await client.query('INSERT INTO audit_log VALUES ($1, $2)', [minUuidAt(new Date(0)), new Date(0)]);
    await client.query('SELECT audit_log_delete_old($1, 1000)', [minUuidAt(new Date())]);
    expect((await client.query('SELECT * FROM pg_temp.audit_log')).rowCount).toBe(1);
    await client.query('DROP TABLE pg_temp.audit_log');
  });
});

describe('phonegate migrate', () => {
  test('can be repeated', async () => {
    const { code, stdout } = await migrate({ DATABASE_OWNER_URL: owned.url, DATABASE_URL: gatewayUrl });
    expect([code, stdout]).toEqual([0, expect.stringContaining('All migrations were applied already')]);
  });

  test('migrates with one role too, and grants nothing', async () => {
    const { code, stdout } = await migrate({ DATABASE_URL: owned.url });
    expect([code, stdout]).toEqual([0, 'All migrations were applied already.\n']);
  });

  test('refuses the owner itself as the role of the gateway', async () => {
    const { code, stderr } = await migrate({ DATABASE_OWNER_URL: owned.url, DATABASE_URL: owned.url });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/owns the tables or is a superuser/)]);
  });

  test('says how to migrate when the role of the gateway may not', async ({ onTestFinished }) => {
    const empty = await createDatabase({ migrated: false });
    onTestFinished(() => empty.drop());
    const { code, stderr } = await migrate({ DATABASE_URL: withUser(empty.url, ROLE) });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/DATABASE_OWNER_URL/)]);
  });
});
