import { describe, expect, test } from 'vitest';
import { deriveConfirmationNumber } from '../../src/login/whatsapp/confirmation-number.js';
import { createKeyring } from '../../src/config/keys.js';
import {
  claimLogin,
  incomingText,
  readAttempt,
  requestOtp,
  somePhone,
  startWhatsAppLogin,
  verifyOtp,
} from '../support/calls.js';
import { insertUser, minutePasses } from '../support/rows.js';
import { deliver, useGateways } from './whatsapp/gateways.js';

// A thief who reads the SMS of an admin opens attempts that wait for the admin's number by WhatsApp.
const SECRET = 'fHy3GAsbaZmwDQY5hNgT7Cj8ueWPpdVLFkXz';
const login = useGateways({
  codes: { DELIVERY_ROUTES: '*=console', TRUSTED_PROXY_HOPS: '1' },
});
const gateway = () => login.gateway('codes');
const url = () => gateway().graphqlUrl;

async function adminPhone() {
  const phone = somePhone();
  await insertUser(login.database, { phone, role: 'ADMIN', lastLoginAt: '-1 day', roleChangedAt: '-61 minutes' });
  return phone;
}
/** An attempt with the right code that waits for its number. */
async function waiting(phone: string, ip = '203.0.113.7') {
  await login.database.query('DELETE FROM budgets');
  const attempt = await requestOtp(url(), { phone }, { 'x-forwarded-for': ip });
  const answer = await verifyOtp(url(), { ...attempt, code: gateway().codeOf(attempt.attemptId) });
  expect(answer.__typename).toBe('ConfirmationRequired');
  return { ...attempt, number: Number(answer.confirmationNumber) };
}
const say = (phone: string, text: string) => deliver(incomingText(text, phone), gateway());
const statusOf = async (attempt: { attemptId: string; secret: string }) => (await readAttempt(url(), attempt))?.status;
const waitingOf = (phone: string) =>
  login.database.query<{ id: string; confirming_slot: number | null }>(
    `SELECT id, confirming_slot FROM login_attempts WHERE phone = $1 AND status = 'CONFIRMING' ORDER BY confirming_slot`,
    [phone],
  );

describe('of the attempts of a phone that wait for their number', () => {
  test('the newest two wait, with an even and an odd number', async () => {
    const phone = await adminPhone();
    const attempts: Awaited<ReturnType<typeof waiting>>[] = [];
    for (let index = 0; index < 8; index += 1) {
      attempts.push(await waiting(phone));
      const newest = attempts.slice(-2);
      expect(new Set(newest.map(({ number }) => number % 2)).size).toBe(newest.length);
    }
    expect(await Promise.all(attempts.map(statusOf))).toEqual([
      ...Array.from({ length: 6 }, () => 'CANCELED'),
      'CONFIRMING',
      'CONFIRMING',
    ]);
    const audit = await login.database.query(
      `SELECT event, details->>'reason' AS reason FROM audit_log WHERE attempt_id = $1 AND event = 'login.canceled'`,
      [attempts[0]?.attemptId],
    );
    expect(audit).toEqual([{ event: 'login.canceled', reason: 'too_many_confirming' }]);
  });

  test('the number confirms only its own, whatever an attacker opens beside it', async () => {
    const phone = await adminPhone();
    const attacker = await waiting(phone, '198.51.100.9');
    const mine = await waiting(phone);
    await say(phone, String(mine.number));
    expect(await claimLogin(url(), mine)).toMatchObject({ __typename: 'Session', user: { role: 'ADMIN' } });
    expect(await statusOf(attacker)).toBe('CONFIRMING');
  });

  test('an attacker replaces only their own, however many they open from one network', async () => {
    const phone = await adminPhone();
    const mine = await waiting(phone);
    const numbers = new Set<number>();
    for (let index = 0; index < 10; index += 1) numbers.add((await waiting(phone, '198.51.100.9')).number);
    expect(numbers).not.toContain(mine.number);
    await say(phone, String(mine.number));
    expect((await claimLogin(url(), mine)).__typename).toBe('Session');
  });

  test('two wait after fifty login messages at once, with an even and an odd number', async () => {
    const phone = await adminPhone();
    const attempts = await Promise.all(Array.from({ length: 50 }, () => startWhatsAppLogin(url())));
    await Promise.all(attempts.map(({ loginMessage }) => say(phone, loginMessage)));
    expect((await waitingOf(phone)).map(({ confirming_slot: slot }) => slot)).toEqual([0, 1]);
    const statuses = await Promise.all(attempts.map(statusOf));
    expect(statuses.filter((status) => status === 'CANCELED')).toHaveLength(48);
    const shown = await Promise.all(attempts.map((attempt) => readAttempt(url(), attempt)));
    const numbers = shown.flatMap((attempt) => attempt?.confirmationNumber ?? []);
    expect(new Set(numbers.map((number) => Number(number) % 2))).toEqual(new Set([0, 1]));
  });

  /** Makes an attempt show this number, as by chance. */
  async function show({ attemptId }: { attemptId: string }, number: number, phone: string) {
    const key = createKeyring(SECRET).current.code;
    let salt = Buffer.alloc(32);
    for (let n = 0; Number(deriveConfirmationNumber({ attemptId, phone, salt }, key)) !== number; n += 1)
      salt = Buffer.alloc(32, `${n} `);
    await login.database.query('UPDATE login_attempts SET code_salt = $2, confirming_slot = NULL WHERE id = $1', [
      attemptId,
      salt,
    ]);
  }

  test('none is confirmed by a number that both show, as attempts of an earlier version may: both are canceled, with a warning', async () => {
    const phone = await adminPhone();
    const [first, second] = [await waiting(phone), await waiting(phone)];
    await show(first, second.number, phone);
    const { lines } = await say(phone, String(second.number));
    for (const attempt of [first, second])
      expect(await claimLogin(url(), attempt)).toMatchObject({ __typename: 'AttemptClosed', status: 'CANCELED' });
    expect(lines.filter(({ event }) => event === 'whatsapp.confirmation_ambiguous')).toMatchObject([
      { level: 'warn' },
      { level: 'warn' },
    ]);
  });

  // The user may still look at the screen of the canceled attempt.
  test('none is confirmed by the number of one that was canceled for it', async () => {
    const phone = await adminPhone();
    const mine = await waiting(phone);
    const attackers = await waiting(phone, '198.51.100.9');
    await waiting(phone, '192.0.2.4');
    expect(await statusOf(mine)).toBe('CANCELED');
    await show(attackers, mine.number, phone);
    const { lines } = await say(phone, String(mine.number));
    expect(lines.map(({ event }) => event)).toContain('whatsapp.confirmation_ambiguous');
    expect((await claimLogin(url(), attackers)).__typename).toBe('AttemptClosed');
  });

  test('all that an instance of an earlier version opens are limited, too', async () => {
    const phone = await adminPhone();
    for (let index = 0; index < 4; index += 1) {
      await minutePasses(login.database, phone);
      const attempt = await requestOtp(url(), { phone });
      await login.database.query(
        `UPDATE login_attempts SET status = 'CONFIRMING', completed_at = now() WHERE id = $1`,
        [attempt.attemptId],
      );
    }
    expect((await waitingOf(phone)).map(({ confirming_slot: slot }) => slot)).toEqual([null, null]);
  });
});
