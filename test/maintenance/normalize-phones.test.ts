import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { requestOtp, verifyOtp } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { insertUser } from '../support/rows.js';

let database: TestDatabase;
let gateway: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

/** Inserts a user as a system without country codes would. */
const write = (phone: string, role: string) => insertUser(database, { phone, role });

test('phones that another system wrote in a national form are normalized, and their users sign in with their role', async () => {
  await write('7010000002', 'MANAGER');
  await write('8 (701) 000-00-03', 'MANAGER');
  await write('0700000003', 'ADMIN');
  await write('nobody', 'MANAGER');
  // Another user has this phone in E.164: the operator must decide which of the two is right.
  await write('+77010000007', 'USER');
  await write('87010000007', 'ADMIN');
  gateway = await startGateway({ DATABASE_URL: database.url, SIGN_UP: 'closed' });
  await vi.waitFor(
    async () => {
      const rows = await database.query<{ phone: string }>('SELECT phone FROM users ORDER BY phone');
      expect(rows.map(({ phone }) => phone).toSorted()).toEqual([
        '+77010000002',
        '+77010000003',
        '+77010000007',
        '+996700000003',
        '87010000007',
        'nobody',
      ]);
    },
    { timeout: 10_000 },
  );
  for (const [phone, role] of [
    ['+77010000002', 'MANAGER'],
    ['+77010000003', 'MANAGER'],
    ['+996700000003', 'ADMIN'],
    ['+77010000007', 'USER'],
  ] as const) {
    const attempt = await requestOtp(gateway.graphqlUrl, { phone });
    const session = await verifyOtp(gateway.graphqlUrl, { ...attempt, code: gateway.codeOf(attempt.attemptId) });
    expect(session.user).toMatchObject({ phone, role });
  }
  expect(gateway.log.filter(({ event }) => event === 'user.phone_normalized')).toHaveLength(3);
  expect(JSON.stringify(gateway.log.filter(({ event }) => event === 'user.phone_normalized'))).not.toContain(
    '7010000002',
  );
});
