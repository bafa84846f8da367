import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { requestOtp, somePhone } from '../support/calls.js';
import { type LogLine, type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { activateTemplates, deleteTemplatesExcept, insertTemplate } from '../support/rows.js';
import { type SignedInUser, signInAs } from './sign-in-as.js';

const ENV = { SMS_WEBOTP_HOST: 'app.example.com' };

let database: TestDatabase;
let gateway: TestGateway;
let admin: SignedInUser;
let untouched: string[];

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url, ...ENV });
  admin = await signInAs('ADMIN', { gateway, database });
  untouched = (await rows()).map(({ id }) => id);
});
beforeEach(async () => {
  await deleteTemplatesExcept(database, untouched);
  await activateTemplates(database);
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

interface Template {
  id: string;
  purpose: string;
  channel: string;
  locale: string;
  body: string;
  active: boolean;
  provider_template: string | null;
}
const rows = () => database.query<Template & Record<string, unknown>>('SELECT * FROM sms_templates ORDER BY id');
const active = (locale: string, channel = '*') =>
  database.query<{ id: string; body: string }>(
    "SELECT id, body FROM sms_templates WHERE purpose = 'LOGIN_CODE' AND channel = $1 AND locale = $2 AND active",
    [channel, locale],
  );

const FIELDS = 'id purpose channel locale body providerTemplate active';
const DRAFT = { purpose: 'LOGIN_CODE', channel: '*', locale: 'en', body: 'Mind this: {code}' };
const create = (change: object = {}) => admin.change('createSmsTemplate', { ...DRAFT, ...change }, FIELDS);
const edit = (input: object) => admin.change('editSmsTemplate', input, FIELDS);
const activate = (id: unknown) => admin.change('activateSmsTemplate', { id }, FIELDS);

/** The message from a new gateway, which has not cached the templates. */
async function textOn(at: TestGateway, locale: string): Promise<string> {
  const { attemptId } = await requestOtp(at.graphqlUrl, { phone: somePhone(), locale });
  const line = at.log.find(
    ({ event, ...fields }: LogLine) => event === 'console.message' && fields['attemptId'] === attemptId,
  );
  return String(line?.['text']).replace(at.codeOf(attemptId), '…');
}
async function textNow(locale: string): Promise<string> {
  const fresh = await startGateway({ DATABASE_URL: database.url });
  const text = await textOn(fresh, locale);
  await fresh.stop();
  return text;
}

test('lists all templates by purpose, channel and locale, the active one first', async () => {
  await create();
  const { smsTemplates } = await admin.read<{ smsTemplates: Template[] }>(
    `{ smsTemplates { ${FIELDS} createdAt updatedAt } }`,
  );
  expect(smsTemplates).toHaveLength((await rows()).length);
  const kinds = smsTemplates.map(({ purpose, channel, locale }) => `${purpose} ${channel} ${locale}`);
  expect(kinds.slice(0, 3)).toEqual(['LOGIN_CODE * en', 'LOGIN_CODE * en', 'LOGIN_CODE * fa']);
  expect(smsTemplates.slice(0, 2).map(({ active: isActive }) => isActive)).toEqual([true, false]);
  expect(smsTemplates.at(-1)?.purpose).toBe('PHONE_CHANGED');
});

test('a new template is a draft, and is sent instead of the previous one once it is activated', async () => {
  const [was] = await active('ru');
  const before = await textNow('ru');
  const created = await create({ locale: 'ru', body: 'Ваш код: {code}' });
  expect(created).toMatchObject({ __typename: 'SmsTemplate', locale: 'ru', active: false, providerTemplate: null });
  expect(await textNow('ru')).toBe(before);
  expect(await activate(created['id'])).toMatchObject({ id: created['id'], active: true });
  expect(await active('ru')).toEqual([{ id: created['id'], body: 'Ваш код: {code}' }]);
  expect(await textNow('ru')).toBe('Ваш код: …');
  // The previous template can be activated again.
  expect(await activate(was?.id)).toMatchObject({ id: was?.id, active: true });
  expect(await textNow('ru')).toBe(before);
});

test('an instance that has cached the active template sends an edit of it within ten seconds', async () => {
  const [english] = await active('en');
  const at = await startGateway({ DATABASE_URL: database.url });
  const before = await textOn(at, 'en');
  expect(await edit({ id: english?.id, body: 'Edited: {code}' })).toMatchObject({
    body: 'Edited: {code}',
    active: true,
  });
  expect(await textOn(at, 'en')).toBe(before);
  vi.useFakeTimers({ toFake: ['performance'] }); // the clock begins at zero, so an hour is later than everything before
  vi.advanceTimersByTime(3_600_000);
  try {
    await textOn(at, 'en');
    expect(await textOn(at, 'en')).toBe('Edited: …');
  } finally {
    vi.useRealTimers();
  }
  await edit({ id: english?.id, body: english?.body });
  await at.stop();
});

test('a template for one channel is used there instead of the one for all channels', async () => {
  const created = await create({ channel: 'console', body: 'On the console: {code}' });
  await activate(created['id']);
  expect(await textNow('en')).toBe('On the console: …');
  expect(await active('en')).toHaveLength(1);
});

test('concurrent activations leave exactly one template active', async () => {
  const drafts = await Promise.all(
    ['one', 'two', 'three'].map((word) => create({ locale: 'ky', body: `${word} {code}` })),
  );
  for (let round = 0; round < 6; round += 1) {
    const answers = await Promise.all(drafts.map(({ id }) => activate(id)));
    expect(answers.map(({ __typename }) => __typename)).toEqual(['SmsTemplate', 'SmsTemplate', 'SmsTemplate']);
    const [now, ...more] = await active('ky');
    expect(more).toEqual([]);
    expect(drafts.map(({ id }) => id)).toContain(now?.id);
  }
});

test('the database refuses a second active template, and a template for codes without {code}', async () => {
  await expect(insertTemplate(database, { ...DRAFT, active: true })).rejects.toThrow('sms_templates_active_key');
  await expect(insertTemplate(database, { ...DRAFT, body: 'No', active: false })).rejects.toThrow('check');
});

describe('the provider’s template name', () => {
  test('is stored, changed, kept and removed', async () => {
    const { id } = await create({ channel: 'kavenegar-verify', providerTemplate: 'my-template.2' });
    const provider = async () => (await rows()).find((row) => row.id === id)?.provider_template;
    expect(await provider()).toBe('my-template.2');
    expect(await edit({ id, body: '{code}' })).toMatchObject({ providerTemplate: 'my-template.2' });
    expect(await edit({ id, body: '{code}', providerTemplate: '524' })).toMatchObject({ providerTemplate: '524' });
    expect(await edit({ id, body: '{code}', providerTemplate: null })).toMatchObject({ providerTemplate: null });
    expect(await provider()).toBeNull();
  });
});

describe('a template is refused', () => {
  test.each([
    ['body', { body: 'Your code is on its way' }],
    ['body', { body: '{code} for {name}' }],
    ['body', { body: '{code} {toString}' }],
    ['body', { body: `{code}${'a'.repeat(1_000)}` }],
    ['body', { body: '' }],
    ['body', { purpose: 'PHONE_CHANGED', body: 'Your phone is {code} now' }],
    ['channel', { channel: 'pigeon' }],
    ['channel', { channel: 'GREEN_API' }],
    ['channel', { channel: '' }],
    ['locale', { locale: 'de' }],
    ['locale', { locale: 'EN' }],
    ['providerTemplate', { channel: 'melipayamak', providerTemplate: '../../etc' }],
    ['providerTemplate', { channel: 'melipayamak', providerTemplate: 'a'.repeat(65) }],
  ])('for its %s: %o', async (field, change) => {
    const before = await rows();
    expect(await create(change)).toMatchObject({ __typename: 'InvalidInput', code: 'INVALID_INPUT', field });
    expect(await rows()).toEqual(before);
  });

  test('when it is edited in the same way, and stays as it was', async () => {
    const [english] = await active('en');
    for (const change of [
      { body: 'No code' },
      { body: '{code} {phone}' },
      { body: '{code}', providerTemplate: 'a b' },
    ]) {
      const field = change.providerTemplate ? 'providerTemplate' : 'body';
      expect(await edit({ id: english?.id, ...change })).toMatchObject({ code: 'INVALID_INPUT', field });
    }
    expect(await active('en')).toEqual([english]);
  });

  test.each(['019aa664-3a00-7000-8000-00000000000f', 'nonsense', ''])('where no template has the ID %j', async (id) => {
    const none = { __typename: 'TemplateNotFound', code: 'TEMPLATE_NOT_FOUND' };
    expect(await edit({ id, body: '{code}' })).toMatchObject(none);
    expect(await activate(id)).toMatchObject(none);
  });
});

describe('a preview', () => {
  const PREVIEW = `query ($purpose: DeliveryPurpose!, $channel: String, $body: String!) {
    previewSmsTemplate(purpose: $purpose, channel: $channel, body: $body) {
      ... on SmsTemplatePreview { text encoding units segments } ... on InvalidInput { code field }
    }
  }`;
  const preview = async (variables: object) =>
    (await admin.read<{ previewSmsTemplate: object }>(PREVIEW, { purpose: 'LOGIN_CODE', ...variables }))
      .previewSmsTemplate;

  test.each([
    [{ body: 'Your code: {code}' }, { text: 'Your code: 123456', encoding: 'GSM-7', units: 17, segments: 1 }],
    [{ body: `Код: {code} ${'я'.repeat(60)}` }, { encoding: 'UCS-2', units: 72, segments: 2 }],
    [{ body: '{minutes} мин. {code}' }, { text: '5 мин. 123456' }],
    [{ body: '{code}', channel: 'kavenegar-sms' }, { text: '123456\n@app.example.com #123456' }],
    [{ body: '{code}', channel: 'console' }, { text: '123456' }],
    [{ body: '{phone}', purpose: 'PHONE_CHANGED' }, { text: '+7701*****02' }],
    [{ body: '{name}' }, { code: 'INVALID_INPUT', field: 'body' }],
  ])('fills in %o', async (variables, expected) => {
    const before = await rows();
    expect(await preview(variables)).toMatchObject(expected);
    expect(await rows()).toEqual(before);
  });
});
