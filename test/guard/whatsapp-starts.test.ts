import { afterAll, beforeAll, expect, test } from 'vitest';
import { OPEN_WHATSAPP_ATTEMPTS, OPEN_WHATSAPP_ATTEMPTS_PER_CLIENT } from '../../src/guard/limits.js';
import { cancelLogin, startWhatsAppLogin } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { insertAttempts } from '../support/rows.js';

let database: TestDatabase;
let gateway: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url, TRUSTED_PROXY_HOPS: '1' });
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

const startFrom = (ip: string) => startWhatsAppLogin(gateway.graphqlUrl, {}, { 'x-forwarded-for': ip });

test('a client IP (IPv6: a /64) has 60 open logins by WhatsApp at most, and may start another once one is over', async () => {
  const opened = [];
  for (let index = 0; index < OPEN_WHATSAPP_ATTEMPTS_PER_CLIENT; index += 1)
    opened.push(await startFrom(`2001:db8:1:2::${index + 1}`));
  expect(new Set(opened.map(({ __typename }) => __typename))).toEqual(new Set(['WhatsAppLogin']));
  expect((await startFrom('2001:db8:1:2::ffff')).__typename).toBe('RateLimited');
  expect((await startFrom('2001:db8:1:3::1')).__typename).toBe('WhatsAppLogin');
  await cancelLogin(gateway.graphqlUrl, opened[0] as (typeof opened)[number]);
  expect((await startFrom('2001:db8:1:2::ffff')).__typename).toBe('WhatsAppLogin');
});

test('all clients together have 50,000 open logins by WhatsApp at most', async () => {
  const batch = 5_000;
  for (let inserted = 0; inserted < OPEN_WHATSAPP_ATTEMPTS; inserted += batch)
    await insertAttempts(
      database,
      Array.from({ length: batch }, () => ({ method: 'WHATSAPP' as const, phone: null })),
    );
  expect((await startFrom('203.0.113.1')).__typename).toBe('RateLimited');
});
