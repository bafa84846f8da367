import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FLOOD_OF_STARTS, STARTS_PER_NETWORK } from '../../src/guard/limits.js';
import {
  type Result,
  cancelLogin,
  deliverWebhook,
  incomingText,
  somePhone,
  startWhatsAppLogin,
} from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { PROJECT } from '../support/process.js';
import { whileBudgetIsHeld } from '../support/hold-budget.js';
import { insertSendBudget } from '../support/rows.js';

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
const opened = (answers: Result[]) => answers.filter(({ __typename }) => __typename === 'WhatsAppLogin').length;
const { hour } = STARTS_PER_NETWORK.address;
/** A network that has started this many logins in this hour. */
const started = (network: string, starts: number, dayVerified = 0) =>
  insertSendBudget(database, `starts:${network}`, { hourSends: starts, daySends: starts, dayVerified });

describe('starts of logins by WhatsApp', () => {
  test('are limited for a client IP: of fifty at once those are opened that its hour still has, and no further row exists', async () => {
    await started('198.51.100.7', hour - 5);
    const answers = await whileBudgetIsHeld({ databaseUrl: database.url, subject: 'starts:198.51.100.7' }, () =>
      Promise.all(Array.from({ length: 50 }, () => startFrom('198.51.100.7'))),
    );
    expect([opened(answers), answers.filter(({ code }) => code === 'RATE_LIMITED').length]).toEqual([5, 45]);
    expect(
      await database.query("SELECT count(*)::int AS rows FROM login_attempts WHERE client_network = '198.51.100.7'"),
    ).toEqual([{ rows: 5 }]);
    const refused = await startFrom('198.51.100.7');
    expect(refused.retryAfterSeconds).toBeGreaterThan(3_500);
    expect((await startFrom('192.0.2.7')).__typename).toBe('WhatsAppLogin');
  });

  test('count over time: a canceled one counts too', async () => {
    await started('198.51.99.7', hour - 10);
    const answers: Result[] = [];
    for (let round = 0; round < 15; round += 1) {
      const login = await startFrom('198.51.99.7');
      if (login.__typename === 'WhatsAppLogin') await cancelLogin(gateway.graphqlUrl, login);
      answers.push(login);
    }
    expect(opened(answers)).toBe(10);
  });

  test('are limited for a /24, and in IPv6 for a /64, a /56 and a /48, whatever address is used', async () => {
    await started('198.51.98.0/24', STARTS_PER_NETWORK.network.hour);
    expect((await startFrom('198.51.98.200')).__typename).toBe('RateLimited');
    await started('2001:db8:7::/48', STARTS_PER_NETWORK.site.hour);
    expect((await startFrom('2001:db8:7:ffff::1')).__typename).toBe('RateLimited');
    expect((await startFrom('2001:db8:8:ffff::1')).__typename).toBe('WhatsAppLogin');
  });

  test('have a limit that grows with the logins that are completed there: a carrier with 5,000 people behind one address', async () => {
    await started('198.51.97.7', hour * 5, 5_000);
    expect((await startFrom('198.51.97.7')).__typename).toBe('WhatsAppLogin');
    const login = await startFrom('198.51.96.7');
    expect(await deliverWebhook(gateway.url, incomingText(login.loginMessage, somePhone()))).toBe(200);
    await expect
      .poll(() => database.query("SELECT day_verified, hour_sends FROM budgets WHERE subject = 'starts:198.51.96.7'"), {
        timeout: 5_000,
      })
      .toEqual([{ day_verified: 1, hour_sends: 25 }]);
  });

  test('have no limit for all clients together, which strangers could hold for everybody: a flood is reported once by all instances', async () => {
    await startFrom('192.0.2.1');
    expect(await database.query("SELECT minute_sends > 0 AS counted FROM budgets WHERE subject = 'starts'")).toEqual([
      { counted: true },
    ]);
    const second = await startGateway({ DATABASE_URL: database.url });
    const flood = () =>
      [gateway, second].flatMap(({ log }) => log.filter(({ event }) => event === 'whatsapp.starts_flooded'));
    expect(flood()).toEqual([]);
    await database.query("UPDATE budgets SET minute_started_at = now(), minute_sends = $1 WHERE subject = 'starts'", [
      (FLOOD_OF_STARTS.perMinute + 1) * 100,
    ]);
    expect((await startFrom('192.0.2.2')).__typename).toBe('WhatsAppLogin');
    expect((await startFrom('192.0.2.3')).__typename).toBe('WhatsAppLogin');
    expect((await startWhatsAppLogin(second.graphqlUrl)).__typename).toBe('WhatsAppLogin');
    await sleep(1_000);
    expect(flood()).toHaveLength(1);
    await second.stop();
  });

  test('need a captcha in a flood, where the gateway has captchas', async () => {
    const asking = await startGateway({ DATABASE_URL: database.url, CAPTCHA: 'altcha' });
    const flood = (starts: number) =>
      database.query("UPDATE budgets SET minute_started_at = now(), minute_sends = $1 WHERE subject = 'starts'", [
        starts * 100,
      ]);
    await flood(FLOOD_OF_STARTS.perMinute + 1);
    expect((await startWhatsAppLogin(asking.graphqlUrl)).__typename).toBe('CaptchaRequired');
    await flood(0);
    expect((await startWhatsAppLogin(asking.graphqlUrl)).__typename).toBe('WhatsAppLogin');
    await asking.stop();
  });

  test('are no flood for a service of which ten times fewer are usually completed in a minute', async () => {
    const count = () => gateway.log.filter(({ event }) => event === 'whatsapp.starts_flooded').length;
    await database.query(
      "UPDATE budgets SET minute_started_at = now(), minute_sends = $1, day_verified = 144000 WHERE subject = 'starts'",
      [(FLOOD_OF_STARTS.perMinute + 1) * 100],
    );
    const [{ flooded } = { flooded: true }] = await database.query<{ flooded: boolean }>(
      "SELECT minute_sends > 100 * greatest(600, 10 * day_verified / 1440.0) AS flooded FROM budgets WHERE subject = 'starts'",
    );
    expect(flooded).toBe(false);
    const before = count();
    await startFrom('192.0.2.4');
    expect(count()).toBe(before);
  });

  // Regression: each start counted all open attempts.
  test('read no other attempts, however many are open', () => {
    const sql = readFileSync(join(PROJECT, 'prisma/sql/login/start_whatsapp_login.sql'), 'utf8').replace(/\s+/g, ' ');
    expect(sql).toContain('INSERT INTO login_attempts');
    expect(sql).not.toMatch(/(FROM|JOIN|UPDATE) login_attempts/);
  });

  test('write nothing to the audit log while nothing came of them', async () => {
    const login = await startFrom('192.0.2.5');
    await cancelLogin(gateway.graphqlUrl, login);
    await sleep(600);
    expect(await database.query('SELECT event FROM audit_log WHERE attempt_id = $1', [login.attemptId])).toEqual([]);
    const logged = gateway.log.filter((line) => line['attemptId'] === login.attemptId).map(({ event }) => event);
    expect(logged).toEqual(['whatsapp.started', 'login.canceled']);
  });
});
