import { expect, test } from 'vitest';
import { claimLogin, incomingText, somePhone, startWhatsAppLogin } from '../support/calls.js';
import { soon } from '../support/sign-in.js';
import { chatOf, deliver, useGateways } from './whatsapp/gateways.js';

const whatsapp = useGateways({ open: { DELIVERY_ROUTES: '*=green-api', NEW_DEVICE_NOTICE: 'on' } });

async function signIn(phone: string) {
  const attempt = await startWhatsAppLogin(whatsapp.gateway().graphqlUrl);
  await deliver(incomingText(attempt.loginMessage, phone), whatsapp.gateway());
  const session = await claimLogin(whatsapp.gateway().graphqlUrl, attempt);
  expect(session.__typename).toBe('Session');
}

test('a message about a new device is sent although strangers have spent the budgets of its range and country, and counts only for its channel and for all', async () => {
  const phone = somePhone();
  await signIn(phone);
  const spent = [`block:${phone.slice(0, -4)}`, 'country:KZ'];
  await whatsapp.database.query(
    `INSERT INTO budgets (subject, scope, minute_started_at, minute_sends, hour_started_at, hour_sends, hour_cost, hour_verified,
       day_started_at, day_sends, day_cost, day_verified, peak_verified, peak_at)
     SELECT subject, scope, now(), 0, now(), 100000, 0, 0, now(), 100000, 0, 0, 0, now()
     FROM unnest($1::text[], '{6,8}'::int[]) AS spent (subject, scope)`,
    [spent],
  );
  await signIn(phone);
  const notices = () => whatsapp.greenApi.sentTo(chatOf(phone)).filter((text) => text.includes('UTC'));
  await soon(() => expect(notices()).toHaveLength(1));
  const charged = await whatsapp.database.query(
    `SELECT subject, hour_sends FROM budgets WHERE subject = ANY($1) OR scope BETWEEN 9 AND 10 ORDER BY scope`,
    [spent],
  );
  expect(charged).toEqual([
    ...spent.map((subject) => ({ subject, hour_sends: 100_000 })),
    { subject: 'channel:green-api', hour_sends: 100 },
    { subject: 'all', hour_sends: 100 },
  ]);
});
