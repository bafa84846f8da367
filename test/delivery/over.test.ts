import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startGreenApiSimulator } from '../../simulators/green-api.js';
import { startKavenegarSimulator } from '../../simulators/kavenegar.js';
import { cancelLogin, requestOtp, resendOtp } from '../support/calls.js';
import { createDatabase, startGateway } from '../support/gateway.js';
import { allowResend, deleteAllTemplates, readDeliveries } from '../support/rows.js';

/** A gateway with the two channels of Kavenegar, and the channels that a test adds. */
async function scene(env: Record<string, string> = {}) {
  const [database, kavenegar] = await Promise.all([createDatabase(), startKavenegarSimulator()]);
  const gateway = await startGateway({
    DATABASE_URL: database.url,
    KAVENEGAR_URL: kavenegar.url,
    KAVENEGAR_API_KEY: kavenegar.apiKey,
    KAVENEGAR_TEMPLATE: 'myverification',
    DELIVERY_CHANNEL_TIMEOUT_SECONDS: '1',
    ...env,
  });
  return {
    database,
    kavenegar,
    gateway,
    log: () => readDeliveries(database),
    async end() {
      await gateway.stop();
      await kavenegar.close();
      await database.drop();
    },
  };
}

test('canceling while a channel hangs keeps the code from the next channel', async () => {
  const set = await scene();
  const attempt = await requestOtp(set.gateway.graphqlUrl, { phone: '+989120000004' });
  expect(attempt.channel).toBe('KAVENEGAR_VERIFY');
  await allowResend(set.database, attempt.attemptId);
  set.kavenegar.faults.set('verify/lookup', 'hang');
  const again = resendOtp(set.gateway.graphqlUrl, attempt);
  await sleep(300);
  await cancelLogin(set.gateway.graphqlUrl, attempt);
  expect((await again).__typename).toBe('DeliveryFailed');
  expect(set.kavenegar.calls.map(({ method }) => method)).not.toContain('sms/send');
  expect(await set.log()).toMatchObject([{ status: 'SENT' }, { channel: 'kavenegar-verify', failure: 'timeout' }]);
  await set.end();
});

test('a receipt of another message to the phone does not undo a clear refusal', async () => {
  const greenApi = await startGreenApiSimulator();
  const set = await scene({
    GREEN_API_URL: greenApi.url,
    GREEN_API_TOKEN: greenApi.token,
    GREEN_API_WEBHOOK_TOKEN: 'tSXRzKCrGduP6U3FHyZsMkTb',
    DELIVERY_ROUTES: '*=green-api,kavenegar-sms',
  });
  greenApi.configure({
    webhookUrl: `${set.gateway.url}/api/webhooks/greenapi/incoming`,
    webhookUrlToken: 'tSXRzKCrGduP6U3FHyZsMkTb',
    outgoingWebhook: 'yes',
  });
  greenApi.faults.set('sendmessage', { status: 466, body: '{}', afterMs: 500 });
  const asked = requestOtp(set.gateway.graphqlUrl, { phone: '+77010000002' });
  await sleep(250);
  greenApi.emit({
    typeWebhook: 'outgoingMessageStatus',
    chatId: '77010000002@c.us',
    instanceData: { idInstance: Number(greenApi.idInstance), wid: '77010000001@c.us', typeInstance: 'whatsapp' },
    timestamp: Math.floor(Date.now() / 1000),
    idMessage: '3EB0C767D097B7C7C030',
    status: 'delivered',
    sendByApi: true,
  });
  expect((await asked).channel).toBe('KAVENEGAR_SMS');
  expect(await set.log()).toMatchObject([
    { channel: 'green-api', status: 'FAILED', failure: 'insufficient_credit' },
    { channel: 'kavenegar-sms', status: 'ACCEPTED' },
  ]);
  await set.end();
  await greenApi.close();
});

test('users still get their codes when the table of templates is empty', async () => {
  const set = await scene({ KAVENEGAR_TEMPLATE: '' });
  await deleteAllTemplates(set.database);
  const attempt = await requestOtp(set.gateway.graphqlUrl, { phone: '+989120000004' });
  expect(attempt.__typename).toBe('OtpRequested');
  expect(set.kavenegar.sentTo('+989120000004').at(-1)?.message).toMatch(/^\d{6}$/);
  await set.end();
});
