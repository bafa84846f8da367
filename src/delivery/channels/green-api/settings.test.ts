import { describe, expect, test } from 'vitest';
import { readFixture } from '../../../../simulators/read-fixture.js';
import { SETTINGS, type Settings, settingsDifferences } from './settings.js';

const OURS = { publicUrl: 'https://auth.example.com', token: 'invented-token' };
const URL_OF_OURS = 'https://auth.example.com/api/webhooks/greenapi/incoming';
const RIGHT: Settings = {
  webhookUrl: URL_OF_OURS,
  webhookUrlToken: 'invented-token',
  incomingWebhook: 'yes',
  outgoingWebhook: 'yes',
  stateWebhook: 'yes',
  outgoingMessageWebhook: 'no',
  outgoingAPIMessageWebhook: 'no',
  enableLidMode: 'no',
  delaySendMessagesMilliseconds: 500,
};

/** What would be written, by name. */
const wanted = (settings: Partial<Settings>, ours: Parameters<typeof settingsDifferences>[1] = OURS) =>
  Object.fromEntries(settingsDifferences({ ...RIGHT, ...settings }, ours).map(({ name, wanted }) => [name, wanted]));

describe('settings that are right', () => {
  test('need nothing', () => {
    expect(wanted({})).toEqual({});
  });
  test.each<Partial<Settings>>([
    { webhookUrl: `${URL_OF_OURS}/` },
    { webhookUrlToken: 'Bearer invented-token' },
    { webhookUrlToken: 'Bearer Bearer invented-token' },
    { webhookUrlToken: 'basic invented-token ' },
  ])('in another spelling as well: %j', (settings) => {
    expect(wanted(settings)).toEqual({});
  });
  test('where we have no token, any will do', () => {
    expect(wanted({ webhookUrlToken: 'whatever' }, { ...OURS, token: undefined })).toEqual({});
    expect(wanted({ webhookUrlToken: '' }, { ...OURS, token: undefined })).toEqual({});
  });
});

describe('a setting that is not right', () => {
  test.each<[Partial<Settings>, object]>([
    [{ webhookUrl: '' }, { webhookUrl: URL_OF_OURS }],
    [{ webhookUrl: 'https://other.example.com/api/webhooks/greenapi/incoming' }, { webhookUrl: URL_OF_OURS }],
    [{ webhookUrl: `${URL_OF_OURS}?x=1` }, { webhookUrl: URL_OF_OURS }],
    [{ webhookUrl: URL_OF_OURS.replace('https', 'http') }, { webhookUrl: URL_OF_OURS }],
    [{ webhookUrlToken: '' }, { webhookUrlToken: 'invented-token' }],
    [{ webhookUrlToken: 'invented-tokem' }, { webhookUrlToken: 'invented-token' }],
    [{ webhookUrlToken: 'Bearer' }, { webhookUrlToken: 'invented-token' }],
    [{ incomingWebhook: 'no' }, { incomingWebhook: 'yes' }],
    [{ outgoingWebhook: 'no' }, { outgoingWebhook: 'yes' }],
    [{ stateWebhook: 'no' }, { stateWebhook: 'yes' }],
    [{ outgoingMessageWebhook: 'yes' }, { outgoingMessageWebhook: 'no' }],
    [{ outgoingAPIMessageWebhook: 'yes' }, { outgoingAPIMessageWebhook: 'no' }],
    [{ enableLidMode: 'yes' }, { enableLidMode: 'no' }],
    [{ delaySendMessagesMilliseconds: 1_000 }, { delaySendMessagesMilliseconds: 500 }],
  ])('alone is to be changed: %j', (settings, changes) => {
    expect(wanted(settings)).toEqual(changes);
  });

  test('is told with what it is, and why that matters', () => {
    expect(settingsDifferences({ ...RIGHT, delaySendMessagesMilliseconds: 3_000 }, OURS)).toEqual([
      { name: 'delaySendMessagesMilliseconds', is: '3000', wanted: 500, why: expect.stringMatching(/^codes wait/) },
    ]);
  });

  test('and is a token, is not told', () => {
    const [difference] = settingsDifferences({ ...RIGHT, webhookUrlToken: 'an-older-token' }, OURS);
    expect(difference).toMatchObject({ name: 'webhookUrlToken', is: 'another one' });
    expect(JSON.stringify(difference)).not.toContain('an-older-token');
  });
});

describe('as Green API tells them', () => {
  test('what it leaves out is off', () => {
    expect(SETTINGS.parse({})).toEqual({
      ...RIGHT,
      webhookUrl: '',
      webhookUrlToken: '',
      incomingWebhook: 'no',
      outgoingWebhook: 'no',
      stateWebhook: 'no',
    });
  });
  test('the delay may be a text, and what does not matter to us is not kept', () => {
    expect(SETTINGS.parse({ ...RIGHT, delaySendMessagesMilliseconds: '500', wid: '77010000001@c.us' })).toEqual(RIGHT);
  });
  test('recorded settings are read', () => {
    const { response } = readFixture('greenapi', 'api.getSettings');
    const settings = SETTINGS.parse(response.body);
    expect(settings).toEqual(Object.fromEntries(Object.keys(RIGHT).map((name) => [name, expect.anything()])));
    expect(settings.webhookUrl).toMatch(/^https:/);
  });
});
