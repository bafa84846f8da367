import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ALARMS_OF_A_KIND, UNVERIFIED_PER_NETWORK } from '../../src/guard/limits.js';
import { somePhone } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { insertSendBudget } from '../support/rows.js';
import { soon } from '../support/sign-in.js';
import { addressOf, ask, pass } from './attackers.js';

let database: TestDatabase;
let gateways: TestGateway[];

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url, TRUSTED_PROXY_HOPS: '1' };
  gateways = await Promise.all([startGateway(env), startGateway(env)]);
});
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  await database.drop();
});
beforeEach(async () => {
  for (const table of ['budgets', 'guard_alarms']) await database.query(`DELETE FROM ${table}`);
});

const audited = (ip: string) =>
  database.query(`SELECT ip, details->>'rule' AS rule FROM audit_log WHERE event = 'guard.network_spent' AND ip = $1`, [
    ip,
  ]);
const logged = (ip: string) =>
  gateways.flatMap(({ log }) => log.filter((line) => line.event === 'guard.network_spent' && line['ip'] === ip));

async function spend(network: string): Promise<void> {
  const spent = UNVERIFIED_PER_NETWORK.site.hour;
  await insertSendBudget(database, network, { hourSends: spent, daySends: spent });
}
/** Fifty requests at once, of both instances. */
async function refuse(ip: string): Promise<void> {
  const asked = Array.from({ length: 50 }, (_, index) =>
    ask({ on: gateways[index % 2] as TestGateway, ip }, somePhone()),
  );
  expect(new Set((await Promise.all(asked)).map(({ __typename }) => __typename))).toEqual(new Set(['RateLimited']));
}

test.each([
  { network: '192.0.2.5', ip: '192.0.2.5', rule: 'address' },
  { network: '192.0.3.0/24', ip: '192.0.3.9', rule: 'network' },
  { network: '2001:db8:7::/48', ip: '2001:db8:7:1::5', rule: 'site' },
])('a spent budget of the $rule $network raises one alarm, over all instances', async ({ network, ip, rule }) => {
  await spend(network);
  await refuse(ip);
  await soon(async () => expect(await audited(ip)).toEqual([{ ip, rule }]));
  expect(logged(ip)).toMatchObject([{ level: 'warn', rule }]);
  await refuse(ip);
  expect(logged(ip)).toHaveLength(1);
});

test('a network raises an alarm again after an hour without a refusal', async () => {
  const ip = '192.0.2.6';
  await spend(ip);
  await refuse(ip);
  await soon(() => expect(logged(ip)).toHaveLength(1));
  await pass(database, '61 minutes');
  const later = await startGateway({ DATABASE_URL: database.url, TRUSTED_PROXY_HOPS: '1' });
  gateways.push(later);
  expect((await ask({ on: later, ip }, somePhone())).__typename).toBe('RateLimited');
  await soon(() => expect(logged(ip)).toHaveLength(2));
});

test('an attacker with any number of networks causes a bounded number of alarms, and past ones leave no rows', async () => {
  await database.query(
    `INSERT INTO guard_alarms (rule, started_at, seen_at) SELECT 'spent ' || n, now(), now() FROM generate_series(1, $1::int) n`,
    [ALARMS_OF_A_KIND],
  );
  const [ip, next] = [addressOf(1), addressOf(2)];
  await Promise.all([spend(ip), spend(next)]);
  await refuse(ip);
  await pass(database, '61 minutes');
  await refuse(next);
  await soon(() => expect(logged(next)).toHaveLength(1));
  expect(logged(ip)).toEqual([]);
  expect(await database.query(`SELECT FROM guard_alarms`)).toHaveLength(1);
});

test('the table of alarms contains no address', async () => {
  await spend('192.0.2.8');
  await refuse('192.0.2.8');
  await soon(async () => expect(await audited('192.0.2.8')).toHaveLength(1));
  expect(JSON.stringify(await database.query('SELECT * FROM guard_alarms'))).not.toContain('192.0.2');
});
