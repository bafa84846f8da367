import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type WhatsAppCloudSimulator, startWhatsAppCloudSimulator } from '../../simulators/whatsapp-cloud.js';
import { PERMITTED } from '../support/config.js';
import { phonegate } from './run.js';
import { UNREACHABLE_URL } from './world.js';

/** `phonegate providers …` against the simulator of Meta's Cloud API. */
let meta: WhatsAppCloudSimulator;

beforeAll(async () => {
  meta = await startWhatsAppCloudSimulator();
});
afterAll(() => meta.close());
beforeEach(() => {
  meta.refusal = undefined;
  meta.fault = undefined;
  meta.calls.length = 0;
  meta.templates = ['en', 'ru'].map((language) => templateIn(language, 'APPROVED'));
});

const templateIn = (language: string, status: string) => ({
  name: 'login_code',
  language,
  status,
  category: 'AUTHENTICATION',
});

async function providers(args: string[], env: Record<string, string> = {}) {
  const ended = await phonegate(['providers', ...args], {
    env: {
      ...PERMITTED,
      WHATSAPP_CLOUD_URL: meta.url,
      WHATSAPP_CLOUD_PHONE_NUMBER_ID: meta.phoneNumberId,
      WHATSAPP_CLOUD_BUSINESS_ID: meta.businessId,
      WHATSAPP_CLOUD_TOKEN: meta.token,
      ...env,
    },
  });
  expect(`${ended.stdout}${ended.stderr}`).not.toContain(env['WHATSAPP_CLOUD_TOKEN'] ?? meta.token);
  return ended;
}
const templates = (args: string[] = [], env?: Record<string, string>) => providers(['templates', ...args], env);
const created = () => meta.calls.filter(({ method }) => method === 'POST').map(({ body }) => body);

describe('providers templates', () => {
  test('shows the state in each language, the languages without a template, and how to create it there', async () => {
    meta.templates.push(
      templateIn('kk', 'PENDING'),
      { ...templateIn('fa', 'APPROVED'), name: 'login_code_2' },
      { ...templateIn('fa', 'APPROVED'), category: 'MARKETING' },
    );
    expect(await templates()).toEqual({
      code: 0,
      stdout: [
        'login_code en: APPROVED',
        'login_code ru: APPROVED',
        'login_code kk: PENDING',
        'login_code ky_KG: missing',
        'login_code fa: missing',
        '"phonegate providers templates create" creates it in the languages that lack it.\n',
      ].join('\n'),
      stderr: '',
    });
    expect(created()).toEqual([]);
  });

  test.for(['PENDING', 'REJECTED'])('exits with 1 while the template in English is %s', async (status) => {
    meta.templates = [templateIn('en', status), templateIn('ru', 'APPROVED')];
    const { code, stdout, stderr } = await templates();
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^login_code en: ${status}$`, 'm'));
  });

  test('create: creates it in the languages that lack it, valid as long as a code, and nothing the second time', async () => {
    const lines = (result: string) =>
      ['login_code en: exists', 'login_code ru: exists']
        .concat(['kk', 'ky_KG', 'fa'].map((language) => `login_code ${language}: ${result}`))
        .join('\n');
    expect(await templates(['create'], { OTP_TTL_SECONDS: '150' })).toEqual({
      code: 0,
      stdout: `${lines('created')}\nMeta approves a template within minutes to a day. "phonegate providers templates" shows the state.\n`,
      stderr: '',
    });
    expect(created().map((body) => body['language'])).toEqual(['kk', 'ky_KG', 'fa']);
    expect(created()[0]).toMatchObject({
      name: 'login_code',
      category: 'AUTHENTICATION',
      components: [{}, { type: 'FOOTER', code_expiration_minutes: 3 }, {}],
    });
    expect(await templates(['create'])).toEqual({ code: 0, stdout: `${lines('exists')}\n`, stderr: '' });
    expect(created()).toHaveLength(3);
  });

  test('create: names each language that Meta refuses, exits with 1, and promises no approval', async () => {
    meta.refusal = 100;
    const { code, stdout, stderr } = await templates(['create'], { WHATSAPP_CLOUD_TEMPLATE: 'sign_in' });
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toBe(
      ['en', 'ru', 'kk', 'ky_KG', 'fa']
        .map((language) => `sign_in ${language}: refused, unknown (code 100)\n`)
        .join(''),
    );
  });

  test.for([[], ['create']])('names the token and its permission where Meta refuses it (%j)', async (args) => {
    const { code, stdout, stderr } = await templates(args, { WHATSAPP_CLOUD_TOKEN: 'EAAAnotherToken' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      'Meta refuses to show the templates (code 190). WHATSAPP_CLOUD_TOKEN must be valid, and have the permission whatsapp_business_management for the account WHATSAPP_CLOUD_BUSINESS_ID.\n',
    );
    expect(created()).toEqual([]);
  });

  test('does not call a server that cannot be reached a refusal', async () => {
    expect(await templates([], { WHATSAPP_CLOUD_URL: UNREACHABLE_URL })).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Meta does not show the templates: channel_down (ECONNREFUSED).\n',
    });
  });

  test('names the variables that it needs', async () => {
    expect(await templates([], { WHATSAPP_CLOUD_BUSINESS_ID: '' })).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Set WHATSAPP_CLOUD_PHONE_NUMBER_ID, WHATSAPP_CLOUD_TOKEN and WHATSAPP_CLOUD_BUSINESS_ID first.\n',
    });
  });
});

test('providers send-test: says that the delivery status comes by webhook, and does not wait for it', async () => {
  const { code, stdout, stderr } = await providers(['send-test', '+77010000002', '--channel', 'whatsapp-cloud']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(
    /^Accepted, ID wamid\..*\.\nIts delivery status arrives at the webhook of the gateway, which a command does not see\.\n$/m,
  );
});
