import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillIn, renderTemplate } from '../../src/delivery/templates/render-template.js';
import { countSegments } from '../../src/delivery/channels/segments.js';
import { parseTemplateContent } from '../../src/delivery/templates/template-content.js';
import { LOCALES, type Locale } from '../../src/locales/locale.js';
import { maskPhone } from '../../src/phone/mask-phone.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';

/** Titles of 12 characters. In English, only a title in Latin letters leaves the SMS in the alphabet of GSM-7. */
const TITLES: Record<Locale, string[]> = {
  en: ['Acme Express'],
  ru: ['Acme Express', 'Аптека Норма'],
  kk: ['Acme Express', 'Жеті қазынам'],
  ky: ['Acme Express', 'Ысык-Көл Тур'],
  fa: ['Acme Express', 'داروخانه یاس'],
};
const WEBOTP_HOST = 'login.example.com';

/** How each language asks not to share the code. */
const KEEP_SECRET: Record<Locale, string> = {
  en: "Don't share it with anyone.",
  ru: 'Никому не говорите',
  kk: 'Ешкімге айтпаңыз',
  ky: 'Эч кимге айтпаңыз',
  fa: 'به کسی نگویید',
};

let database: TestDatabase;
let texts: { purpose: 'LOGIN_CODE' | 'PHONE_CHANGED'; locale: string; body: string }[];

beforeAll(async () => {
  database = await createDatabase();
  texts = await database.query("SELECT purpose, locale, body FROM sms_templates WHERE active AND channel = '*'");
});
afterAll(() => database.drop());

const bodyOf = (purpose: string, locale: string) =>
  texts.find((text) => text.purpose === purpose && text.locale === locale)?.body ?? '';

describe.each(LOCALES)('the default texts in %s', (locale) => {
  test.each(['LOGIN_CODE', 'PHONE_CHANGED'] as const)(
    'name the service, and could be saved by an admin: %s',
    (purpose) => {
      const body = bodyOf(purpose, locale);
      expect(body).toContain('{service}');
      expect(parseTemplateContent(purpose, { body })).toEqual({ body });
    },
  );

  test('ask not to share the code', () => {
    expect(bodyOf('LOGIN_CODE', locale)).toContain(KEEP_SECRET[locale]);
  });

  test.each(TITLES[locale])('take one SMS part, the last line for browsers included: %s', (service) => {
    expect(service).toHaveLength(12);
    const template = { channel: '*', locale, body: bodyOf('LOGIN_CODE', locale), providerTemplate: undefined };
    const code = renderTemplate(template, { code: '042137', minutes: 10, service }, WEBOTP_HOST).body ?? '';
    expect(countSegments(code)).toMatchObject({ segments: 1, encoding: locale === 'en' ? 'GSM-7' : 'UCS-2' });
    for (const phone of ['+77010000002', '+996700000003', '+989120000004']) {
      const changed = fillIn(bodyOf('PHONE_CHANGED', locale), { phone: maskPhone(phone), service });
      expect(countSegments(changed).segments, changed).toBe(1);
    }
  });
});
