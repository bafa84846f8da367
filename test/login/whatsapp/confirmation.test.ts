import { describe, expect, test, vi } from 'vitest';
import { messagesIn } from '../../../src/locales/messages.js';
import { claimLogin, incomingText, readAttempt, somePhone, startWhatsAppLogin } from '../../support/calls.js';
import { insertUser, updateAttempt } from '../../support/rows.js';
import {
  chatOf,
  deliver,
  expectSignedIn,
  secondsNow,
  someLid,
  start,
  statusOf,
  testNothingSecretIsLogged,
  useGateways,
} from './gateways.js';

const whatsapp = useGateways({ confirming: { WHATSAPP_CONFIRMATION: 'always' } });

describe('a request to confirm', () => {
  /** Opens an attempt that waits for a confirmation. @returns it with the two digits that its screen shows. */
  async function ask(on = whatsapp.gateway('confirming'), phone = somePhone()) {
    const attempt = await start(on);
    await deliver(incomingText(attempt.loginMessage, phone), on);
    const shown = await readAttempt(on.graphqlUrl, attempt);
    expect(shown?.status).toBe('CONFIRMING');
    const number = shown?.confirmationNumber ?? '';
    expect(number).toMatch(/^[1-9]\d$/);
    const wrong = (step: number) => String(10 + ((Number(number) - 10 + step) % 90));
    return { attempt, phone, number, wrong };
  }
  const say = (phone: string, text: string, change: object = {}) =>
    deliver(incomingText(text, phone, change), whatsapp.gateway('confirming'));

  test('names service, device and location, in the language of the attempt, and not the number', async () => {
    const phone = somePhone();
    const attempt = await startWhatsAppLogin(
      whatsapp.gateway('confirming').graphqlUrl,
      { locale: 'ru' },
      {
        'user-agent':
          'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36',
      },
    );
    await deliver(incomingText(attempt.loginMessage, phone), whatsapp.gateway('confirming'));
    await vi.waitFor(
      () =>
        expect(whatsapp.greenApi.sentTo(chatOf(phone))).toEqual([
          messagesIn('ru').askToConfirm('localhost:4000', 'Chrome, Android', '127.0.0.1'),
        ]),
      { timeout: 15_000 },
    );
    const shown = await readAttempt(whatsapp.gateway('confirming').graphqlUrl, attempt);
    expect(whatsapp.greenApi.sentTo(chatOf(phone)).join()).not.toMatch(
      new RegExp(`(?<!\\d)${shown?.confirmationNumber}(?!\\d)`),
    );
  });

  test('is confirmed by the right number, and cannot be claimed before', async () => {
    const { attempt, phone, number } = await ask();
    expect((await claimLogin(whatsapp.gateway('confirming').graphqlUrl, attempt)).__typename).toBe(
      'AttemptNotCompleted',
    );
    expect((await say(phone, number)).status).toBe(200);
    await expectSignedIn(attempt, phone, whatsapp.gateway('confirming'));
  });

  test('is confirmed by the right number in Persian digits', async () => {
    const { attempt, phone, number } = await ask();
    await say(
      phone,
      number.replaceAll(/\d/g, (digit) => '۰۱۲۳۴۵۶۷۸۹'[Number(digit)] ?? ''),
    );
    await expectSignedIn(attempt, phone, whatsapp.gateway('confirming'));
  });

  test('fails after three wrong numbers', async () => {
    const { attempt, phone, number, wrong } = await ask();
    const left = async () =>
      (await readAttempt(whatsapp.gateway('confirming').graphqlUrl, attempt))?.confirmationTriesLeft;
    expect(await left()).toBeNull(); // no answer has arrived
    await say(phone, wrong(1));
    expect(await left()).toBe(2);
    await say(phone, wrong(2));
    expect(await left()).toBe(1);
    expect(await statusOf(attempt, whatsapp.gateway('confirming'))).toBe('CONFIRMING');
    await say(phone, wrong(3));
    expect(await readAttempt(whatsapp.gateway('confirming').graphqlUrl, attempt)).toMatchObject({
      status: 'FAILED',
      failureReason: 'TOO_MANY_TRIES',
      confirmationNumber: null,
      confirmationTriesLeft: null,
    });
    await say(phone, number);
    expect((await claimLogin(whatsapp.gateway('confirming').graphqlUrl, attempt)).__typename).toBe('AttemptClosed');
  });

  test('counts a wrong number that is delivered three times once', async () => {
    const { attempt, phone, number, wrong } = await ask();
    const body = incomingText(wrong(1), phone);
    for (let time = 0; time < 3; time += 1)
      expect((await deliver(body, whatsapp.gateway('confirming'))).status).toBe(200);
    expect(await statusOf(attempt, whatsapp.gateway('confirming'))).toBe('CONFIRMING');
    await say(phone, number);
    await expectSignedIn(attempt, phone, whatsapp.gateway('confirming'));
  });

  test.each(['NO', 'no.', 'НЕТ', 'Жоқ', 'жок', 'نه', 'خیر'])(
    'is canceled by "%s", with a warning in the log',
    async (word) => {
      const { attempt, phone } = await ask();
      const { lines } = await say(phone, word);
      expect(await statusOf(attempt, whatsapp.gateway('confirming'))).toBe('CANCELED');
      expect(lines.filter(({ event }) => event === 'whatsapp.denied')).toMatchObject([{ level: 'warn' }]);
    },
  );

  test('ignores answers from another phone: right, wrong or NO', async () => {
    const { attempt, phone, number, wrong } = await ask();
    for (const text of [number, wrong(1), wrong(2), wrong(3), 'NO']) {
      const { status, lines } = await say(somePhone(), text);
      expect([status, lines.map(({ reason }) => reason)]).toEqual([200, ['nothing_to_confirm']]);
    }
    await say(phone, number);
    await expectSignedIn(attempt, phone, whatsapp.gateway('confirming'));
  });

  test('ignores answers in a group, and forwarded ones', async () => {
    const { attempt, phone, number } = await ask();
    await say(phone, number, { senderData: { sender: chatOf(phone), chatId: '120363043968066561@g.us' } });
    await say(phone, number, {
      messageData: { typeMessage: 'textMessage', textMessageData: { textMessage: number, isForwarded: true } },
    });
    expect(await statusOf(attempt, whatsapp.gateway('confirming'))).toBe('CONFIRMING');
  });

  test('ignores answers that were written an hour before', async () => {
    const { attempt, phone, number } = await ask();
    const old = { timestamp: secondsNow() - 3600 };
    await say(phone, 'NO', old);
    await say(phone, number, old);
    expect(await statusOf(attempt, whatsapp.gateway('confirming'))).toBe('CONFIRMING');
  });

  test('is confirmed by a hidden sender without another lookup', async () => {
    const [lid, phone] = [someLid(), somePhone()];
    whatsapp.greenApi.phonesByLid.set(lid, phone.slice(1));
    const attempt = await start(whatsapp.gateway('confirming'));
    await deliver(incomingText(attempt.loginMessage, lid), whatsapp.gateway('confirming'));
    const shown = await readAttempt(whatsapp.gateway('confirming').graphqlUrl, attempt);
    await say(lid, shown?.confirmationNumber ?? '');
    await expectSignedIn(attempt, phone, whatsapp.gateway('confirming'));
    expect(whatsapp.greenApi.lookUpsOf(lid)).toBe(1);
  });

  test('is confirmed by its own number where two attempts of a phone wait', async () => {
    const first = await ask();
    const second = await ask(whatsapp.gateway('confirming'), first.phone);
    expect(Number(first.number) % 2).not.toBe(Number(second.number) % 2);
    await say(first.phone, first.number);
    await expectSignedIn(first.attempt, first.phone, whatsapp.gateway('confirming'));
    expect(await statusOf(second.attempt, whatsapp.gateway('confirming'))).toBe('CONFIRMING');
  });

  test('that is confirmed at the last moment leaves time to claim', async () => {
    const { attempt, phone, number } = await ask();
    await updateAttempt(whatsapp.database, attempt.attemptId, { expiresAt: '1 second' });
    await say(phone, number);
    const [left] = await whatsapp.database.query<{ seconds: number }>(
      'SELECT extract(epoch FROM expires_at - now())::float AS seconds FROM login_attempts WHERE id = $1',
      [attempt.attemptId],
    );
    expect(left?.seconds).toBeGreaterThan(30);
  });

  test('is sent by default to roles above USER only', async () => {
    const [admin, user] = [somePhone(), somePhone()];
    await insertUser(whatsapp.database, { phone: admin, role: 'ADMIN' });
    await insertUser(whatsapp.database, { phone: user });
    const { attempt, number } = await ask(whatsapp.gateway(), admin);
    await deliver(incomingText(number, admin));
    expect(await claimLogin(whatsapp.gateway().graphqlUrl, attempt)).toMatchObject({
      __typename: 'Session',
      user: { phone: admin, role: 'ADMIN' },
    });
    const plain = await start();
    await deliver(incomingText(plain.loginMessage, user));
    await expectSignedIn(plain, user);
  });
});

testNothingSecretIsLogged();
