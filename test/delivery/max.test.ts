import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GreenApiMaxSimulator, startGreenApiMaxSimulator } from '../../simulators/green-api-max.js';
import { type SmsByHttpSimulator, startSmsByHttpSimulator } from '../../simulators/sms-by-http.js';
import { readAttempt, verifyOtp } from '../support/calls.js';
import { PRODUCTION, codeIn, eventually, requestOtp, smsLog } from '../support/delivery.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { writeExample } from '../support/http-channels.js';

let max: GreenApiMaxSimulator;
let sms: SmsByHttpSimulator;
let database: TestDatabase;
let gateway: TestGateway;
let example: ReturnType<typeof writeExample>;

beforeAll(async () => {
  [max, sms, database] = await Promise.all([startGreenApiMaxSimulator(), startSmsByHttpSimulator(), createDatabase()]);
  example = writeExample('smsru', sms.url);
  gateway = await startGateway({
    ...PRODUCTION,
    DATABASE_URL: database.url,
    GREEN_API_ID_INSTANCE: '',
    ALLOWED_COUNTRIES: 'RU',
    DELIVERY_ROUTES: 'RU=green-api-max,http:smsru',
    GREEN_API_MAX_URL: max.url,
    GREEN_API_MAX_ID_INSTANCE: max.idInstance,
    GREEN_API_MAX_TOKEN: max.token,
    GREEN_API_MAX_WEBHOOK_TOKEN: max.webhookToken,
    HTTP_CHANNELS: 'smsru',
    HTTP_CHANNELS_FOLDER: example.folder,
    HTTP_SECRETS: 'smsru.apiId=kz0123456789abcdef',
  });
  max.webhookUrl = `${gateway.url}/api/webhooks/greenapi/max`;
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([max.close(), sms.close(), database.drop()]);
  example.remove();
});

const russianPhone = () => `+7916${String(randomInt(10 ** 7)).padStart(7, '0')}`;

/** Requests a code, which the account of MAX sends. */
async function requestByMax() {
  const phone = russianPhone();
  const attempt = await requestOtp(gateway.graphqlUrl, { phone });
  expect(attempt).toMatchObject({ __typename: 'OtpRequested', channel: 'GREEN_API_MAX' });
  const message = max.messages.at(-1);
  if (message?.phone !== phone.slice(1)) throw new Error('MAX got no message');
  return { attempt, phone, message };
}

test('a user in Russia signs in by a code of MAX, whose receipt comes by the webhook', async () => {
  const { attempt, phone, message } = await requestByMax();
  expect(await max.report(message, 'delivered', { authorization: 'Bearer another-token' })).toBe(401);
  expect(await max.report(message, 'delivered', { idInstance: '1101000001' })).toBe(200);
  expect(await smsLog(database, attempt)).toMatchObject([{ channel: 'green-api-max', status: 'ACCEPTED' }]);
  expect(await max.report(message, 'delivered')).toBe(200);
  expect(await smsLog(database, attempt)).toMatchObject([{ channel: 'green-api-max', status: 'DELIVERED' }]);
  const session = await verifyOtp(gateway.graphqlUrl, { ...attempt, code: codeIn(message.text) });
  expect(session).toMatchObject({ __typename: 'Session', user: { phone } });
});

test('an event that is no status gets a 200, so that Green API does not hold back the next ones', async () => {
  const instanceData = { idInstance: Number(max.idInstance), wid: '77010000001@c.us', typeInstance: 'v3' };
  expect(await max.emit({ typeWebhook: 'incomingMessageReceived', instanceData, idMessage: '1' })).toBe(200);
  expect(await max.emit([])).toBe(200);
});

test('the next channel sends the same code when MAX could not', async () => {
  const { attempt, phone, message } = await requestByMax();
  expect(await max.report(message, 'failed')).toBe(200);
  await eventually(() => expect(sms.messages.at(-1)?.phone).toBe(phone.slice(1)));
  expect(codeIn(sms.messages.at(-1)?.text ?? '')).toBe(codeIn(message.text));
  await eventually(async () =>
    expect((await readAttempt(gateway.graphqlUrl, attempt))?.delivery).toMatchObject({
      channel: 'HTTP',
      previousChannels: ['GREEN_API_MAX'],
    }),
  );
});

test('codes in the queue of an account that signs out are sent by the next channel, and so are later ones', async () => {
  const { phone, message } = await requestByMax();
  max.state = 'notAuthorized';
  const later = russianPhone();
  await eventually(async () =>
    expect(await requestOtp(gateway.graphqlUrl, { phone: later })).toMatchObject({ channel: 'HTTP' }),
  );
  await eventually(() =>
    expect(sms.messages.find((one) => one.phone === phone.slice(1))?.text).toContain(codeIn(message.text)),
  );
  expect(gateway.log).toContainEqual(
    expect.objectContaining({ event: 'green_api.state', channel: 'green-api-max', state: 'notAuthorized' }),
  );
});
