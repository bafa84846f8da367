import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Result, claimLogin, incomingText, somePhone } from '../support/calls.js';
import { insertUser } from '../support/rows.js';
import { act, soon } from '../support/sign-in.js';
import { chatOf, deliver, start, useGateways } from '../login/whatsapp/gateways.js';

const whatsapp = useGateways({ open: { DELIVERY_ROUTES: '*=green-api', NEW_DEVICE_NOTICE: 'on' } });

async function signIn(phone: string): Promise<Result> {
  const attempt = await start();
  await deliver(incomingText(attempt.loginMessage, phone));
  return claimLogin(whatsapp.gateway().graphqlUrl, attempt);
}
/** A user whose second sign-in, on a new device, causes a notification. */
async function signInTwice(phone = somePhone()): Promise<Result> {
  await signIn(phone);
  return signIn(phone);
}
const erase = async ({ gatewayToken, user }: Result) => {
  // A user cannot erase the account on a new device.
  await whatsapp.database.query(
    `UPDATE known_devices SET first_seen_at = first_seen_at - interval '25 hours' WHERE user_id = $1`,
    [user.id],
  );
  const fields = '... on AccountDeleted { userId } ... on Error { code }';
  const answer = await act(whatsapp.gateway(), 'deleteMe', { token: gatewayToken, fields });
  expect(answer.__typename).toBe('AccountDeleted');
};

interface Row {
  status: string;
  masked_phone: string;
  provider_id: string | null;
  user_id: string | null;
}
const deliveriesWith = (condition: string) =>
  whatsapp.database.query<Row>(
    `SELECT status::text, masked_phone, provider_id, user_id FROM sms_log WHERE purpose = 'NEW_DEVICE' AND ${condition}`,
  );
const deliveriesTo = ({ user }: Result) => deliveriesWith(`user_id = '${user.id}'`);
const NAMES_NOBODY = { masked_phone: '', provider_id: null, user_id: null };
const naming = () => deliveriesWith(`(masked_phone <> '' OR provider_id IS NOT NULL OR user_id IS NOT NULL)`);

describe('the erasure of a user leaves no masked phone, provider id or user id in the SMS log', () => {
  test('of a notification that was sent', async () => {
    const session = await signInTwice();
    await soon(async () => expect(await deliveriesTo(session)).toMatchObject([{ status: 'ACCEPTED' }]));
    expect(await deliveriesTo(session)).toMatchObject([{ provider_id: expect.any(String) as string }]);
    await erase(session);
    expect(await naming()).toEqual([]);
    expect(await deliveriesWith('true')).toContainEqual({ status: 'ACCEPTED', ...NAMES_NOBODY });
  });

  test('of a notification that the provider accepts afterwards', async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const phone = somePhone();
    await signIn(phone);
    whatsapp.greenApi.fault = { until: released };
    const session = await signIn(phone);
    await soon(async () => expect(await deliveriesTo(session)).toMatchObject([{ status: 'QUEUED' }]));
    await erase(session);
    release();
    await soon(async () => expect(await deliveriesWith(`status = 'QUEUED'`)).toEqual([]));
    expect(whatsapp.greenApi.sentTo(chatOf(phone))).not.toEqual([]);
    expect(await naming()).toEqual([]);
  });

  test('of fifty notifications that are sent during the erasure', async () => {
    const phones = Array.from({ length: 50 }, () => somePhone());
    // The gateway has forgotten their devices, so each sign-in causes a notification.
    await Promise.all(phones.map((phone) => insertUser(whatsapp.database, { phone, lastLoginAt: '-181 days' })));
    const attempts = await Promise.all(phones.map(() => start()));
    await Promise.all(
      phones.map(async (phone, index) => {
        const attempt = attempts[index] as Result;
        await deliver(incomingText(attempt.loginMessage, phone));
        const session = await claimLogin(whatsapp.gateway().graphqlUrl, attempt);
        await sleep(index * 30);
        await erase(session);
      }),
    );
    await soon(async () => expect(await deliveriesWith(`status = 'QUEUED'`)).toEqual([]));
    expect(await whatsapp.database.query('SELECT id FROM notifications')).toEqual([]);
    expect((await deliveriesWith('true')).length).toBeGreaterThan(2); // of this test and the two before it
    expect(await naming()).toEqual([]);
  });
});
