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

/** The settings to change, by name. */
const wanted = (settings: Partial<Settings>, ours: Parameters<typeof settingsDifferences>[1] = OURS) =>
  Object.fromEntries(settingsDifferences({ ...RIGHT, ...settings }, ours).map(({ name, wanted }) => [name, wanted]));

describe('correct settings', () => {
  test('need no change', () => {
    expect(wanted({})).toEqual({});
  });
  test.each<Partial<Settings>>([
    { webhookUrl: `${URL_OF_OURS}/` },
    { webhookUrlToken: 'Bearer invented-token' },
    { webhookUrlToken: 'Bearer Bearer invented-token' },
    { webhookUrlToken: 'basic invented-token ' },
  ])('need no change in another spelling: %j', (settings) => {
    expect(wanted(settings)).toEqual({});
  });
  test('may have any token if none is configured', () => {
    expect(wanted({ webhookUrlToken: 'whatever' }, { ...OURS, token: undefined })).toEqual({});
    expect(wanted({ webhookUrlToken: '' }, { ...OURS, token: undefined })).toEqual({});
  });
});

describe('a wrong setting', () => {
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
  ])('is the only one to change: %j', (settings, changes) => {
    expect(wanted(settings)).toEqual(changes);
  });

  test('is reported with its value and the reason to change it', () => {
    expect(settingsDifferences({ ...RIGHT, delaySendMessagesMilliseconds: 3_000 }, OURS)).toEqual([
      { name: 'delaySendMessagesMilliseconds', is: '3000', wanted: 500, why: expect.stringMatching(/^codes wait/) },
    ]);
  });

  test('is not shown if it is a token', () => {
    const [difference] = settingsDifferences({ ...RIGHT, webhookUrlToken: 'an-older-token' }, OURS);
    expect(difference).toMatchObject({ name: 'webhookUrlToken', is: 'another one' });
    expect(JSON.stringify(difference)).not.toContain('an-older-token');
  });
});

describe('the answer of getSettings', () => {
  test('has defaults for missing settings: everything is off', () => {
    expect(SETTINGS.parse({})).toEqual({
      ...RIGHT,
      webhookUrl: '',
      webhookUrlToken: '',
      incomingWebhook: 'no',
      outgoingWebhook: 'no',
      stateWebhook: 'no',
    });
  });
  test('may hold the delay as a string, and other settings are dropped', () => {
    expect(SETTINGS.parse({ ...RIGHT, delaySendMessagesMilliseconds: '500', wid: '77010000001@c.us' })).toEqual(RIGHT);
  });
  test('is read from the recorded answer', () => {
    const { response } = readFixture('greenapi', 'api.getSettings');
    const settings = SETTINGS.parse(response.body);
    expect(settings).toEqual(Object.fromEntries(Object.keys(RIGHT).map((name) => [name, expect.anything()])));
    expect(settings.webhookUrl).toMatch(/^https:/);
  });
});
