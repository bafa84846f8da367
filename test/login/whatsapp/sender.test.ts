import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { messagesIn } from '../../../src/locales/messages.js';
import type { Fault } from '../../../simulators/green-api.js';
import { claimLogin, incomingText, readAttempt, somePhone } from '../../support/calls.js';
import { insertUser } from '../../support/rows.js';
import {
  chatOf,
  deliver,
  expectSignedIn,
  someLid,
  start,
  testNothingSecretIsLogged,
  useGateways,
  usersWith,
} from './gateways.js';

const whatsapp = useGateways({ closed: { SIGN_UP: 'closed' } });

/** Until the end of a test, requests to providers time out after a twentieth of their time. */
function shortenTimeouts() {
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  const spy = vi.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => timeout(milliseconds / 20));
  onTestFinished(() => spy.mockRestore());
  return spy;
}

describe('a hidden sender', () => {
  test('is looked up once; the next login within the hour needs no lookup', async () => {
    const [lid, phone] = [someLid(), somePhone()];
    whatsapp.greenApi.phonesByLid.set(lid, phone.slice(1));
    for (let login = 0; login < 2; login += 1) {
      const attempt = await start();
      expect((await deliver(incomingText(attempt.loginMessage, lid))).status).toBe(200);
      await expectSignedIn(attempt, phone);
    }
    expect(whatsapp.greenApi.lookUpsOf(lid)).toBe(1);
    expect(await whatsapp.database.query('SELECT phone FROM users WHERE whatsapp_lid = $1', [lid])).toEqual([
      { phone },
    ]);
  });

  test('with a new hidden ID is remembered by the new one', async () => {
    const [lid, newLid, phone] = [someLid(), someLid(), somePhone()];
    for (const id of [lid, newLid]) {
      whatsapp.greenApi.phonesByLid.set(id, phone.slice(1));
      const attempt = await start();
      await deliver(incomingText(attempt.loginMessage, id));
      await expectSignedIn(attempt, phone);
    }
    expect(await whatsapp.database.query('SELECT whatsapp_lid FROM users WHERE phone = $1', [phone])).toEqual([
      { whatsapp_lid: newLid },
    ]);
  });

  test('whose phone Green API hides too gets the advice, on the screen and by WhatsApp, to use a code', async () => {
    const lid = someLid();
    whatsapp.greenApi.phonesByLid.set(lid, '');
    const attempt = await start();
    const body = incomingText(attempt.loginMessage, lid);
    const { status, lines } = await deliver(body);
    expect(status).toBe(200);
    expect(lines.filter(({ event }) => event === 'webhook.ignored')).toMatchObject([{ reason: 'phone_hidden' }]);
    expect(await readAttempt(whatsapp.gateway().graphqlUrl, attempt)).toMatchObject({
      status: 'FAILED',
      failureReason: 'PHONE_HIDDEN',
    });
    expect(await usersWith(`+${lid.replace('@lid', '')}`)).toEqual([]);
    await vi.waitFor(() => expect(whatsapp.greenApi.sentTo(lid)).toEqual([messagesIn('en').phoneHidden]), {
      timeout: 15_000,
    });
    expect((await deliver(body)).lines.at(-1)).toMatchObject({ reason: 'duplicate' });
    expect(whatsapp.greenApi.sentTo(lid)).toHaveLength(1);
  });

  test('on one side of the message signs in when Green API confirms the phone on the other', async () => {
    for (const hiddenFirst of [true, false]) {
      const [lid, phone] = [someLid(), somePhone()];
      whatsapp.greenApi.phonesByLid.set(lid, phone.slice(1));
      const [sender, chatId] = hiddenFirst ? [lid, chatOf(phone)] : [chatOf(phone), lid];
      const attempt = await start();
      await deliver(incomingText(attempt.loginMessage, phone, { senderData: { sender, chatId } }));
      await expectSignedIn(attempt, phone);
    }
  });

  test.each([
    ['another phone', somePhone().slice(1)],
    ['a phone that is hidden', ''],
  ])('on one side of the message is refused when Green API answers with %s', async (_, digits) => {
    const [lid, phone] = [someLid(), somePhone()];
    whatsapp.greenApi.phonesByLid.set(lid, digits);
    const attempt = await start();
    const { status } = await deliver(
      incomingText(attempt.loginMessage, phone, { senderData: { sender: lid, chatId: chatOf(phone) } }),
    );
    expect(status).toBe(200);
    expect((await claimLogin(whatsapp.gateway().graphqlUrl, attempt)).__typename).not.toBe('Session');
    expect([...(await usersWith(phone)), ...(await usersWith(`+${digits}`))]).toEqual([]);
  });

  test.each<[string, Fault]>([
    [
      'has used up its quota',
      { status: 466, body: '{"invokeStatus":{"method":"checkwhatsapp","status":"QUOTE_EXCEEDED"}}' },
    ],
    ['refuses the token', { status: 401, body: '' }],
    ['answers 502', { status: 502, body: '<html>Bad Gateway</html>' }],
    ['answers what is no JSON', { status: 200, body: '<html>' }],
    ['answers JSON of another form', { status: 200, body: '[]' }],
    ['does not answer in 5 s', 'hang'],
  ])('is not signed in while Green API %s, and can send the same message again', async (_, fault) => {
    const lid = someLid();
    whatsapp.greenApi.phonesByLid.set(lid, somePhone().slice(1));
    whatsapp.greenApi.fault = fault;
    const timeouts = fault === 'hang' ? shortenTimeouts() : undefined;
    const attempt = await start();
    const { status, lines } = await deliver(incomingText(attempt.loginMessage, lid));
    expect(status).toBe(200);
    if (timeouts) expect(timeouts).toHaveBeenCalledWith(5_000);
    expect(lines.map(({ event }) => event)).toContain('whatsapp.lid_lookup_failed');
    expect(JSON.stringify(lines)).not.toContain(whatsapp.greenApi.token);
    expect(await readAttempt(whatsapp.gateway().graphqlUrl, attempt)).toMatchObject({
      status: 'PENDING',
      failureReason: null,
    });
    expect(await usersWith(`+${lid.replace('@lid', '')}`)).toEqual([]);

    whatsapp.greenApi.fault = undefined;
    await deliver(incomingText(attempt.loginMessage, lid));
    await expectSignedIn(attempt, `+${whatsapp.greenApi.phonesByLid.get(lid)}`);
  });

  test('of an unknown attempt, of an answer that nobody waits for, or of any other text causes no lookup', async () => {
    const lid = someLid();
    await whatsapp.database.query('UPDATE notifications SET answered_at = now()');
    for (const text of ['42', 'no', 'hello', 'AMT LOGIN 3f1c9a52-0b7e-4d5a-9c1e-7a2b6d8e4f10']) {
      await deliver(incomingText(text, lid));
    }
    expect(whatsapp.greenApi.lookUpsOf(lid)).toBe(0);
  });

  test('whose phone stays hidden is looked up once for three attempts', async () => {
    const lid = someLid();
    whatsapp.greenApi.phonesByLid.set(lid, '');
    for (let attempt = 0; attempt < 3; attempt += 1) await deliver(incomingText((await start()).loginMessage, lid));
    expect(whatsapp.greenApi.lookUpsOf(lid)).toBe(1);
  });

  test('who was looked up within the hour signs in while Green API is down', async () => {
    const [lid, phone] = [someLid(), somePhone()];
    await insertUser(whatsapp.database, { phone, whatsappLid: lid, whatsappLidCheckedAt: '-59 minutes' });
    whatsapp.greenApi.fault = { status: 502, body: '' };
    const attempt = await start();
    await deliver(incomingText(attempt.loginMessage, lid));
    await expectSignedIn(attempt, phone);
  });
});

describe('a sender', () => {
  test('who is unknown fails with sign-up closed, and no user is created', async () => {
    const phone = somePhone();
    const attempt = await start(whatsapp.gateway('closed'));
    expect((await deliver(incomingText(attempt.loginMessage, phone), whatsapp.gateway('closed'))).status).toBe(200);
    expect(await readAttempt(whatsapp.gateway('closed').graphqlUrl, attempt)).toMatchObject({
      status: 'FAILED',
      failureReason: 'USER_NOT_FOUND',
    });
    expect(await usersWith(phone)).toEqual([]);
  });

  test('who is known signs in with sign-up closed', async () => {
    const phone = somePhone();
    await insertUser(whatsapp.database, { phone });
    const attempt = await start(whatsapp.gateway('closed'));
    await deliver(incomingText(attempt.loginMessage, phone), whatsapp.gateway('closed'));
    await expectSignedIn(attempt, phone, whatsapp.gateway('closed'));
  });

  test('who is blocked fails, and the attempt cannot be claimed', async () => {
    const phone = somePhone();
    await insertUser(whatsapp.database, { phone, blocked: true });
    const attempt = await start();
    expect((await deliver(incomingText(attempt.loginMessage, phone))).status).toBe(200);
    expect(await readAttempt(whatsapp.gateway().graphqlUrl, attempt)).toMatchObject({
      status: 'FAILED',
      failureReason: 'USER_BLOCKED',
    });
    expect((await claimLogin(whatsapp.gateway().graphqlUrl, attempt)).__typename).toBe('AttemptClosed');
  });
});

testNothingSecretIsLogged();
