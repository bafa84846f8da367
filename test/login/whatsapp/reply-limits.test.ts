import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import {
  LOOKUPS_PER_HOUR,
  QUESTIONS_PER_CHAT_PER_HOUR,
  REPLIES_PER_CHAT_PER_HOUR,
  REPLIES_PER_MINUTE,
} from '../../../src/guard/limits.js';
import { messagesIn } from '../../../src/locales/messages.js';
import { maskPhone } from '../../../src/phone/mask-phone.js';
import { incomingText, somePhone } from '../../support/calls.js';
import { whileBudgetIsHeld } from '../../support/hold-budget.js';
import { insertSendBudget } from '../../support/rows.js';
import {
  chatOf,
  deliver,
  expectIgnored,
  expectSignedIn,
  someLid,
  start,
  statusOf,
  testNothingSecretIsLogged,
  useGateways,
} from './gateways.js';

const MARKER = '{{SWE001}}';

const whatsapp = useGateways({ second: {}, confirming: { WHATSAPP_CONFIRMATION: 'always' } });
const instances = () => [whatsapp.gateway(), whatsapp.gateway('second')];
const setMinute = (sends: number) =>
  whatsapp.database.query("UPDATE budgets SET minute_started_at = now(), minute_sends = $1 WHERE subject = 'replies'", [
    sends * 100,
  ]);
const sentTo = (phones: string[]) => phones.flatMap((phone) => whatsapp.greenApi.sentTo(chatOf(phone)));

/** The guard events of a rule about a phone; null if it is hidden. */
async function refusals(rule: string, maskedPhone: string | null) {
  const [row] = await whatsapp.database.query(
    `SELECT sum(count)::int AS count, max(country) AS country FROM guard_events
     WHERE rule = $1 AND action = 'refused' AND masked_phone IS NOT DISTINCT FROM $2`,
    [rule, maskedPhone],
  );
  return row;
}

/** Delivers messages to both instances at once, and waits for the replies. */
async function write(phones: string[]): Promise<void> {
  const delivered = phones.map((phone, index) => {
    const on = instances()[index % 2];
    if (!on) throw new Error('no instance');
    return deliver(incomingText(MARKER, phone), on);
  });
  expect(new Set((await Promise.all(delivered)).map(({ status }) => status))).toEqual(new Set([200]));
  await sleep(1_500);
}

describe('a stranger who writes what cannot be decrypted', () => {
  test('is answered three times an hour, of fifty messages at once to two instances', async () => {
    const phone = somePhone();
    await write(Array.from({ length: 50 }, () => phone));
    expect(sentTo([phone])).toHaveLength(REPLIES_PER_CHAT_PER_HOUR);
    const logged = instances().flatMap(({ log }) => log.filter(({ rule }) => rule === 'replies'));
    expect(logged.length).toBeGreaterThan(0);
    expect(logged.length).toBeLessThanOrEqual(2);
    await expect
      .poll(() => refusals('replies', maskPhone(phone)))
      .toEqual({ count: 50 - REPLIES_PER_CHAT_PER_HOUR, country: 'KZ' });
  });

  test('shares sixty replies a minute with all others, of fifty at once', async () => {
    await setMinute(REPLIES_PER_MINUTE - 2);
    const phones = Array.from({ length: 50 }, somePhone);
    await whileBudgetIsHeld({ databaseUrl: whatsapp.database.url, subject: 'replies' }, () => write(phones));
    expect(sentTo(phones)).toHaveLength(2);
  });

  test('cannot use up the questions for which users wait', async () => {
    await setMinute(REPLIES_PER_MINUTE);
    const phone = somePhone();
    const on = whatsapp.gateway('confirming');
    const attempt = await start(on);
    await deliver(incomingText(attempt.loginMessage, phone), on);
    await vi.waitFor(() => expect(sentTo([phone])).toHaveLength(1), { timeout: 15_000 });
  });
});

test('a chat gets twenty questions an hour, however often its user starts a login', async () => {
  const phone = somePhone();
  const on = whatsapp.gateway('confirming');
  for (let round = 0; round < QUESTIONS_PER_CHAT_PER_HOUR + 3; round += 1) {
    const attempt = await start(on);
    await deliver(incomingText(attempt.loginMessage, phone), on);
    expect(await statusOf(attempt, on)).toBe('CONFIRMING');
  }
  await sleep(1_000);
  expect(sentTo([phone])).toHaveLength(QUESTIONS_PER_CHAT_PER_HOUR);
});

describe('look-ups of a hidden sender', () => {
  test('are shared by all instances: the total for answers does not stop sign-ins', async () => {
    const { inTotal } = LOOKUPS_PER_HOUR.answer;
    await insertSendBudget(whatsapp.database, 'answer-lookups', { hourSends: inTotal, daySends: inTotal });
    const confirming = await start(whatsapp.gateway('confirming'));
    await deliver(incomingText(confirming.loginMessage, somePhone()), whatsapp.gateway('confirming'));
    for (const on of instances()) {
      const lid = someLid();
      const { lines } = await deliver(incomingText('NO', lid), on);
      expect(lines.map(({ reason }) => reason)).toContain('lookup_limit');
      expect(whatsapp.greenApi.lookUpsOf(lid)).toBe(0);
    }
    await expect.poll(() => refusals('lookups', null)).toEqual({ count: 2, country: null });
    const [lid, phone] = [someLid(), somePhone()];
    whatsapp.greenApi.phonesByLid.set(lid, phone.slice(1));
    const attempt = await start();
    await deliver(incomingText(attempt.loginMessage, lid));
    await expectSignedIn(attempt, phone);
  });

  test('of login messages have a limit, after which the sender is advised to use a code, and the attempt stays open', async () => {
    const { inTotal } = LOOKUPS_PER_HOUR.login;
    await whatsapp.database.query("UPDATE budgets SET hour_sends = $1 WHERE subject = 'login-lookups'", [
      inTotal * 100,
    ]);
    await setMinute(0);
    const lid = someLid();
    const attempt = await start();
    await expectIgnored(attempt, incomingText(attempt.loginMessage, lid), 'lookup_limit');
    expect(whatsapp.greenApi.lookUpsOf(lid)).toBe(0);
    await vi.waitFor(() => expect(whatsapp.greenApi.sentTo(lid)).toEqual([messagesIn('en').phoneHidden]), {
      timeout: 15_000,
    });
    await expect
      .poll(() =>
        whatsapp.database.query(
          "SELECT rule, until > now() + interval '50 minutes' AS late FROM guard_events WHERE attempt_id = $1",
          [attempt.attemptId],
        ),
      )
      .toEqual([{ rule: 'lookups', late: true }]);
  });
});

testNothingSecretIsLogged();
