import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { maskPhone } from '../../src/phone/mask-phone.js';
import { requestOtp } from '../support/calls.js';
import { type Scene, phoneIn, setScene } from '../support/delivery.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { insertDeliveries } from '../support/rows.js';
import { type SignedInUser, signInAs } from './sign-in-as.js';

let database: TestDatabase;
let scene: Scene;
let admin: SignedInUser;
const atTheEnd: (() => Promise<void>)[] = [];

beforeAll(async () => {
  database = await createDatabase();
  // Eight digits of a code do not occur in IDs and times by chance.
  scene = await setScene(
    database,
    { env: { OTP_LENGTH: '8', DELIVERY_ROUTES: 'IR=kavenegar-verify,kavenegar-sms;*=console' } },
    (act) => void atTheEnd.push(act),
  );
  admin = await signInAs('ADMIN', { gateway: scene.gateway, database });
});
afterAll(async () => {
  for (const act of atTheEnd) await act();
  await database.drop();
});

interface Entry {
  id: string;
  [field: string]: unknown;
}
const LIST = `query ($attemptId: ID, $channel: DeliveryChannel, $status: DeliveryStatus, $country: String, $since: DateTime, $until: DateTime) {
  smsLog(attemptId: $attemptId, channel: $channel, status: $status, country: $country, since: $since, until: $until, first: 100) {
    edges { node { id attemptId channel providerId maskedPhone country purpose locale template segments status failure detail blockedBy
                   latencyMs cost createdAt updatedAt deliveredAt } }
  }
}`;
async function list(filter: object): Promise<Entry[]> {
  const { smsLog } = await admin.read<{ smsLog: { edges: { node: Entry }[] } }>(LIST, filter);
  return smsLog.edges.map(({ node }) => node);
}

test('a failover is listed delivery by delivery, the newest first, without the message', async () => {
  const phone = phoneIn('IR');
  scene.kavenegar.faults.set('verify/lookup', { status: 500, body: '' });
  const { attemptId, secret, channel } = await requestOtp(scene.gateway.graphqlUrl, { phone });
  expect(channel).toBe('KAVENEGAR_SMS');
  const reported = await list({ attemptId });
  expect(reported).toMatchObject([
    {
      attemptId,
      channel: 'KAVENEGAR_SMS',
      maskedPhone: maskPhone(phone),
      country: 'IR',
      purpose: 'LOGIN_CODE',
      locale: 'fa',
      template: '*/fa',
      failure: null,
      blockedBy: null,
    },
    { attemptId, channel: 'KAVENEGAR_VERIFY', status: 'FAILED', failure: 'channel_down', deliveredAt: null },
  ]);
  expect(reported[0]?.['segments']).toBeGreaterThan(0);
  expect(reported[0]?.['cost']).toBeGreaterThan(0);
  expect(reported[0]?.['providerId']).toMatch(/^\d+$/);
  const code = scene.askedFor(phone)[0]?.code;
  expect(code).toMatch(/^\d{8}$/);
  for (const hidden of [phone, phone.slice(3), code, secret]) expect(JSON.stringify(reported)).not.toContain(hidden);
});

describe('smsLog', () => {
  const DAY = 86_400_000;
  const noon = Math.floor(Date.now() / DAY - 10.5) * DAY + DAY / 2;
  let rows: string[];
  beforeAll(async () => {
    rows = await insertDeliveries(database, [
      { createdAt: new Date(noon - 1), channel: 'green-api', country: 'KZ', status: 'READ' },
      { createdAt: new Date(noon), channel: 'console', country: 'KG', status: 'UNDELIVERED' },
      { createdAt: new Date(noon + 1), channel: 'melipayamak', country: 'IR', status: 'QUEUED' },
      { createdAt: new Date(noon + 2), channel: 'green-api', country: null, status: 'FAILED' },
    ]);
  });
  const period = { since: new Date(noon - 5 * DAY).toISOString(), until: new Date(noon + 5 * DAY).toISOString() };

  test.each([
    ['all of a period', {}, [3, 2, 1, 0]],
    ['those from a moment on, that moment too', { since: new Date(noon).toISOString() }, [3, 2, 1]],
    ['those before a moment, that moment not', { until: new Date(noon).toISOString() }, [0]],
    ['those of a channel', { channel: 'GREEN_API' }, [3, 0]],
    ['those of a country, in any case', { country: 'kg' }, [1]],
    ['those with a status', { status: 'QUEUED' }, [2]],
    ['those of all at once', { channel: 'GREEN_API', status: 'READ', country: 'KZ' }, [0]],
    ['none of a country that there is not', { country: 'Kazakhstan' }, []],
    ['none of what is no attempt', { attemptId: 'nonsense' }, []],
  ])('lists %s', async (_, filter, expected) => {
    expect((await list({ ...period, ...filter })).map(({ id }) => rows.indexOf(id))).toEqual(expected);
  });
});
