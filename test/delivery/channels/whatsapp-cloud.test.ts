import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Channel } from '../../../src/delivery/channels/channel.js';
import { createCloudTemplates } from '../../../src/delivery/channels/whatsapp-cloud/account.js';
import { createWhatsAppCloud } from '../../../src/delivery/channels/whatsapp-cloud/client.js';
import { whatsAppCloud } from '../../../src/delivery/channels/whatsapp-cloud/provider.js';
import { createLog } from '../../../src/log.js';
import { type WhatsAppCloudSimulator, startWhatsAppCloudSimulator } from '../../../simulators/whatsapp-cloud.js';
import { CODE, KAZAKH, expectNothingSecret, messageTo } from './message.js';
import { MISBEHAVIOURS } from './misbehaviours.js';

let simulator: WhatsAppCloudSimulator;
let channel: Channel;
const deps = { log: createLog('silent'), greenApi: undefined, instanceState: undefined, publicUrl: '' };
const settings = () => ({
  url: simulator.url,
  phoneNumberId: simulator.phoneNumberId,
  businessId: simulator.businessId,
  token: simulator.token,
  template: 'login_code',
  androidPackage: undefined,
  appSecret: undefined,
  verifyToken: undefined,
});

beforeAll(async () => {
  simulator = await startWhatsAppCloudSimulator();
});
afterAll(() => simulator.close());
beforeEach(() => {
  simulator.fault = undefined;
  simulator.refusal = undefined;
  simulator.refusals.clear();
  [channel] = whatsAppCloud.create(settings(), deps) as [Channel];
});

const send = (changes = {}) => channel.send(messageTo(KAZAKH, changes), AbortSignal.timeout(5_000));

describe('sending a code by the Cloud API', () => {
  test('fills the template of the language, with the same code in the text and behind the button', async () => {
    const result = await send({ locale: 'ru' });
    const sent = simulator.messages.at(-1);
    expect(sent).toMatchObject({ to: KAZAKH.slice(1), template: 'login_code', language: 'ru', text: CODE });
    expect(result).toEqual({ outcome: 'accepted', providerId: sent?.id, template: 'login_code' });
    expectNothingSecret(result, [simulator.token]);
  });

  test('uses English where the template is not approved in the language', async () => {
    expect(await send({ locale: 'ky' })).toMatchObject({ outcome: 'accepted' });
    expect(simulator.messages.at(-1)).toMatchObject({ language: 'en' });
    expect(await send({ providerTemplate: 'unknown' })).toMatchObject({
      failure: 'template_rejected',
      detail: 'code 132001',
    });
  });

  test.each([132000, 132005, 132012, 132015, 132016])(
    'uses English where Meta refuses the translation of a language with the code %i',
    async (code) => {
      simulator.refusals.set('ru', code);
      expect(await send({ locale: 'ru' })).toMatchObject({ outcome: 'accepted' });
      expect(simulator.messages.at(-1)).toMatchObject({ language: 'en' });
      simulator.refusals.set('en', code);
      expect(await send({ locale: 'ru' })).toMatchObject({ failure: 'template_rejected', detail: `code ${code}` });
    },
  );

  test.each([
    [190, 'authentication'],
    [131026, 'not_on_channel'],
    [131042, 'insufficient_credit'],
    [131031, 'account_restricted'],
    [131037, 'account_restricted'],
    [131005, 'authentication'],
    [130497, 'country_refused'],
    [131056, 'rate_limited'],
    [132015, 'template_rejected'],
    [131016, 'channel_down'],
    [100, 'unknown'],
  ])('reads the code %i of Meta as %s', async (code, failure) => {
    simulator.refusal = code;
    const result = await send();
    expect(result).toEqual({ outcome: 'failed', failure, retry: false, detail: `code ${code}` });
    expectNothingSecret(result, [simulator.token]);
  });

  test.each(Object.entries(MISBEHAVIOURS))('the message fails if Meta %s', async (_, { fault, expected }) => {
    simulator.fault = fault;
    const result = await send();
    expect(result).toMatchObject({ outcome: 'failed', ...expected });
    expectNothingSecret(result, [simulator.token]);
  });
});

describe('the account', () => {
  test('is shown with its number masked, and the doctor finds an approved template', async () => {
    expect(await whatsAppCloud.account?.(settings())).toEqual({
      provider: 'whatsapp-cloud',
      usable: true,
      facts: { number: '+7701*****01', name: 'Shop', quality: 'GREEN' },
    });
    expect((await whatsAppCloud.check?.(settings()))?.map(({ level }) => level)).toEqual(['ok', 'ok']);
  });

  test('the doctor names a wrong token and a template that is not approved', async () => {
    const [wrong] = (await whatsAppCloud.check?.({ ...settings(), token: 'another-token' })) ?? [];
    expect(wrong).toMatchObject({ level: 'problem', advice: expect.stringContaining('WHATSAPP_CLOUD_TOKEN') });
    const findings = (await whatsAppCloud.check?.({ ...settings(), template: 'other' })) ?? [];
    expect(findings.at(-1)).toMatchObject({ level: 'problem', message: expect.stringContaining('other') });
  });

  test('a template is created in the languages that lack it, once', async () => {
    const cloud = createWhatsAppCloud(settings());
    if (!cloud) throw new Error('not configured');
    const create = () =>
      createCloudTemplates(cloud, { businessId: simulator.businessId, template: 'login_code', minutes: 5 });
    const results = (created: string) =>
      ['en', 'ru']
        .map((language) => ({ language, result: 'exists' }))
        .concat(['kk', 'ky_KG', 'fa'].map((language) => ({ language, result: created })));
    expect(await create()).toEqual(results('created'));
    expect(await create()).toEqual(results('exists'));
    expect(simulator.calls.find(({ body }) => body['language'] === 'fa')?.body).toMatchObject({
      category: 'AUTHENTICATION',
      components: [
        { type: 'BODY', add_security_recommendation: true },
        { type: 'FOOTER', code_expiration_minutes: 5 },
        { type: 'BUTTONS', buttons: [{ type: 'OTP', otp_type: 'COPY_CODE' }] },
      ],
    });
  });

  test('a template for an Android app has a button that fills the code into the app', async () => {
    const cloud = createWhatsAppCloud(settings());
    if (!cloud) throw new Error('not configured');
    const androidApp = { packageName: 'com.example.shop', signatureHash: 'FA+9qCX9VSu' };
    const template = { businessId: simulator.businessId, template: 'login_code_app', minutes: 5, androidApp };
    expect(await createCloudTemplates(cloud, template)).toContainEqual({ language: 'en', result: 'created' });
    const supported = [{ package_name: 'com.example.shop', signature_hash: 'FA+9qCX9VSu' }];
    const button = { type: 'OTP', otp_type: 'ONE_TAP', supported_apps: supported };
    expect(simulator.calls.at(-1)?.body).toMatchObject({
      name: 'login_code_app',
      components: [{ type: 'BODY' }, { type: 'FOOTER' }, { type: 'BUTTONS', buttons: [button] }],
    });
  });
});
