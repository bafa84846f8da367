import { describe, expect, test, vi } from 'vitest';
import { claimLogin, incomingText, readAttempt, requestOtp, somePhone, verifyOtp } from '../../support/calls.js';
import { insertUser, updateUser } from '../../support/rows.js';
import { chatOf, deliver, expectSignedIn, someLid, start, statusOf, useGateways } from './gateways.js';

const whatsapp = useGateways({ codes: { DELIVERY_ROUTES: '*=console' } });
const gateway = () => whatsapp.gateway('codes');
const say = (from: string, text: string) => deliver(incomingText(text, from), gateway());
const answersWith = (lid: string, phone: string) => whatsapp.greenApi.phonesByLid.set(lid, phone.slice(1));

/** Signs in by WhatsApp from a hidden ID whose phone is `phone`. @returns the ID */
async function signInFromHiddenId(phone: string): Promise<string> {
  const lid = someLid();
  answersWith(lid, phone);
  const attempt = await start(gateway());
  await say(lid, attempt.loginMessage);
  await expectSignedIn(attempt, phone, gateway());
  return lid;
}

/** Gives a role, two hours ago. */
async function giveRole(phone: string, role: string): Promise<string> {
  const [user] = await whatsapp.database.query<{ id: string }>('SELECT id FROM users WHERE phone = $1', [phone]);
  const id = String(user?.id);
  await updateUser(whatsapp.database, id, { role });
  await updateUser(whatsapp.database, id, { roleChangedAt: '-2 hours' });
  return id;
}

// A number passes to a successor. WhatsApp gives the account of its former holder another number; the hidden ID stays.
describe('the former holder of a number, from the hidden WhatsApp ID with which they once signed in,', () => {
  test.each(['MANAGER', 'ADMIN'])('does not sign in as the new holder with the role %s', async (role) => {
    const phone = somePhone();
    const lid = await signInFromHiddenId(phone);
    await giveRole(phone, role);
    const code = await requestOtp(gateway().graphqlUrl, { phone });
    const { confirmationNumber } = await verifyOtp(gateway().graphqlUrl, {
      ...code,
      code: gateway().codeOf(code.attemptId),
    });
    await say(phone, String(confirmationNumber));
    expect(await claimLogin(gateway().graphqlUrl, code)).toMatchObject({
      __typename: 'Session',
      user: { phone, role },
    });

    const own = somePhone();
    answersWith(lid, own);
    const attempt = await start(gateway());
    await say(lid, attempt.loginMessage);
    await expectSignedIn(attempt, own, gateway());
  });

  test('confirms no sign-in of the new holder', async () => {
    const phone = somePhone();
    const lid = await signInFromHiddenId(phone);
    const id = await giveRole(phone, 'ADMIN');
    await updateUser(whatsapp.database, id, { whatsappLidCheckedAt: '-11 minutes' });
    answersWith(lid, somePhone());
    const code = await requestOtp(gateway().graphqlUrl, { phone });
    const { confirmationNumber } = await verifyOtp(gateway().graphqlUrl, {
      ...code,
      code: gateway().codeOf(code.attemptId),
    });
    await say(lid, String(confirmationNumber));
    expect(await statusOf(code, gateway())).toBe('CONFIRMING');
  });

  test('does not sign in as a new holder with the first role either, an hour after the sign-in', async () => {
    const [phone, own, lid] = [somePhone(), somePhone(), someLid()];
    await insertUser(whatsapp.database, { phone, whatsappLid: lid, whatsappLidCheckedAt: '-61 minutes' });
    answersWith(lid, own);
    const attempt = await start(gateway());
    await say(lid, attempt.loginMessage);
    await expectSignedIn(attempt, own, gateway());
  });

  test.each<[string, object]>([
    ['an hour later', { whatsappLidCheckedAt: '-61 minutes' }],
    ['by an earlier version, which did not store the time', { whatsappLidCheckedAt: null }],
    ['with a role above the first', { role: 'ADMIN', whatsappLidCheckedAt: '-1 minute' }],
  ])('is asked to send the message again while Green API does not answer (%s)', async (_, user) => {
    const [phone, lid] = [somePhone(), someLid()];
    await insertUser(whatsapp.database, { phone, whatsappLid: lid, ...user });
    whatsapp.greenApi.fault = { status: 502, body: '' };
    const attempt = await start(gateway());
    const { lines } = await say(lid, attempt.loginMessage);
    expect(lines.filter(({ event }) => event === 'webhook.ignored')).toMatchObject([{ reason: 'lookup_failed' }]);
    expect(await statusOf(attempt, gateway())).toBe('PENDING');
  });
});

test('the question about a sign-in goes to the chat of the phone, not to the chat of a hidden sender', async () => {
  const [phone, lid] = [somePhone(), someLid()];
  await insertUser(whatsapp.database, { phone, role: 'ADMIN' });
  answersWith(lid, phone);
  const attempt = await start(gateway());
  await say(lid, attempt.loginMessage);
  await vi.waitFor(
    () => expect(whatsapp.greenApi.sentTo(chatOf(phone))).toEqual([expect.stringContaining('127.0.0.1')]),
    { timeout: 15_000 },
  );
  expect(whatsapp.greenApi.sentTo(lid)).toEqual([]);
  const { confirmationNumber } = (await readAttempt(gateway().graphqlUrl, attempt)) ?? {};
  await say(lid, String(confirmationNumber));
  await expectSignedIn(attempt, phone, gateway());
});
