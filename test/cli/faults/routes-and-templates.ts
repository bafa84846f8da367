import type { World } from '../world.js';
import { deleteTemplates, insertTemplate, setTemplateBody } from '../../support/rows.js';
import { type Fault, ownDatabase } from './fault.js';

function without({ env }: World, ...prefixes: string[]): void {
  for (const name of Object.keys(env)) if (prefixes.some((prefix) => name.startsWith(prefix))) delete env[name];
}

export const ROUTES: Fault[] = [
  {
    planted: 'a route with a channel that is not configured',
    plant(world) {
      without(world, 'KAVENEGAR_');
      world.env['DELIVERY_ROUTES'] = 'IR=kavenegar-verify,melipayamak;*=green-api';
    },
    found: [
      {
        about: 'route IR',
        message: /names kavenegar-verify, which is not configured/,
        advice: /needs KAVENEGAR_API_KEY and KAVENEGAR_TEMPLATE/,
      },
    ],
  },
  {
    planted: 'a route with a channel that does not reach the country',
    plant: ({ env }) =>
      Object.assign(env, {
        DELIVERY_ROUTES: 'KZ=green-api,melipayamak;*=kavenegar-verify,melipayamak',
        MESSAGE_PRICES_USD: 'kavenegar-verify=0.1',
      }),
    found: [{ about: 'route KZ', message: /names melipayamak, which does not reach KZ/, advice: /out of this route/ }],
  },
  {
    planted: 'a paid channel abroad whose price nobody has named',
    plant: ({ env }) =>
      Object.assign(env, {
        ALLOWED_COUNTRIES: 'KZ,KG,IR',
        DELIVERY_ROUTES: 'IR=kavenegar-verify,melipayamak;*=green-api,kavenegar-sms',
        MESSAGE_PRICES_USD: 'kavenegar-sms/KG=0.12',
      }),
    found: [
      {
        about: 'route KZ',
        level: 'warning',
        message: /^kavenegar-sms to KZ counts 0\.15 US dollars a message, which is an estimate$/,
        advice: /MESSAGE_PRICES_USD, such as kavenegar-sms\/KZ=0\.15$/,
      },
    ],
  },
  {
    planted: 'a configured channel that no route of an allowed country names',
    plant: ({ env }) => (env['ALLOWED_COUNTRIES'] = 'KZ'),
    found: [
      {
        about: 'configuration',
        level: 'warning',
        message: /^kavenegar-verify, kavenegar-sms, melipayamak are configured, but no code is sent that way/,
        advice: /documentation/,
      },
    ],
  },
  {
    planted: 'a country that no channel reaches, where users can sign in by WhatsApp',
    plant: ({ env }) =>
      Object.assign(env, {
        ALLOWED_COUNTRIES: 'KZ,UZ',
        DELIVERY_ROUTES: 'KZ=green-api,kavenegar-verify',
        MESSAGE_PRICES_USD: 'kavenegar-verify/KZ=0.1',
      }),
    found: [
      {
        about: 'configuration',
        level: 'warning',
        message: /^ALLOWED_COUNTRIES allows UZ, but .* WhatsApp only$/,
        advice: /documentation/,
      },
      { about: 'configuration', level: 'warning', message: /^melipayamak is configured, but/, advice: /documentation/ },
      {
        about: 'route UZ',
        level: 'warning',
        message: /no channel of its route is configured/,
        advice: /DELIVERY_ROUTES/,
      },
    ],
  },
  {
    planted: 'countries that no channel reaches',
    plant(world) {
      without(world, 'KAVENEGAR_', 'GREEN_API_', 'WHATSAPP_');
      world.env['ALLOWED_COUNTRIES'] = 'KZ,IR';
    },
    found: [
      {
        about: 'configuration',
        message: /^ALLOWED_COUNTRIES allows KZ, but the routes to it name no configured channel/,
        advice: /does not start/,
      },
      {
        about: 'configuration',
        level: 'warning',
        message: /users cannot sign in by WhatsApp/,
        advice: /documentation/,
      },
      { about: 'settings', level: 'warning', message: /^melipayamak is the only channel/, advice: /another provider/ },
      { about: 'route KZ', message: /no channel of its route is configured/, advice: /DELIVERY_ROUTES/ },
    ],
  },
  {
    planted: 'no channel at all',
    plant(world) {
      without(world, 'KAVENEGAR_', 'GREEN_API_', 'WHATSAPP_', 'MELIPAYAMAK_', 'SMS_');
      world.env['ALLOWED_COUNTRIES'] = 'KZ';
    },
    found: [
      { about: 'configuration', level: 'warning', message: /No channel is configured/, advice: /documentation/ },
      {
        about: 'configuration',
        level: 'warning',
        message: /users cannot sign in by WhatsApp/,
        advice: /documentation/,
      },
      { about: 'route KZ', message: /no channel of its route is configured/, advice: /DELIVERY_ROUTES/ },
    ],
  },
  {
    planted: 'nothing wrong: no channel at all, in development, where the developer’s phone shows the codes',
    plant(world) {
      without(world, 'KAVENEGAR_', 'GREEN_API_', 'WHATSAPP_', 'MELIPAYAMAK_', 'SMS_', 'NODE_ENV');
      world.env['ALLOWED_COUNTRIES'] = 'KZ';
    },
    found: [],
  },
];

const LONG = `{code} ${'is a code that is valid for long. '.repeat(15)}`;

export const TEMPLATES: Fault[] = [
  {
    planted: 'no English text',
    async plant(world) {
      const database = await ownDatabase(world);
      await deleteTemplates(database, 'en');
    },
    found: [{ about: 'templates', message: /no English template/, advice: /sms_templates: .*locale en/ }],
  },
  {
    planted: 'no text in two languages',
    async plant(world) {
      const database = await ownDatabase(world);
      await deleteTemplates(database, 'kk', 'fa');
    },
    found: [
      {
        about: 'templates',
        level: 'warning',
        message: /^no template for codes in (kk, fa|fa, kk): users receive English$/,
        advice: /sms_templates/,
      },
    ],
  },
  {
    planted: 'a text of many SMS parts',
    async plant(world) {
      const database = await ownDatabase(world);
      await setTemplateBody(database, 'en', LONG);
    },
    found: [
      {
        about: 'templates',
        level: 'warning',
        message: /^\*\/en takes 8 SMS parts by melipayamak: each code costs 8 times as much$/,
        advice: /Shorten the template/,
      },
    ],
  },
  {
    planted: 'a text of one character more than a part',
    async plant(world) {
      const database = await ownDatabase(world);
      await setTemplateBody(database, 'ru', `{code} ${'я'.repeat(64)}`);
    },
    found: [
      {
        about: 'templates',
        level: 'warning',
        message: /^\*\/ru takes 2 SMS parts by kavenegar-sms: each code costs twice as much$/,
        advice: /Shorten the template/,
      },
    ],
  },
  {
    planted: 'a title that makes texts longer than a part',
    plant: ({ env }) => (env['LOGIN_TITLE'] = 'The Acme Express Delivery Service of Almaty'),
    found: [
      ...['en', 'fa', 'kk', 'ky', 'ru'].map(
        (locale) => `^\\*/${locale} takes 2 SMS parts by (kavenegar-sms|melipayamak): each code costs twice as much$`,
      ),
      ...['fa', 'kk', 'ky', 'ru'].map(
        (locale) =>
          `^PHONE_CHANGED \\*/${locale} takes 2 SMS parts by kavenegar-sms: each notification costs twice as much$`,
      ),
    ].map((message) => ({
      about: 'templates',
      level: 'warning' as const,
      message: new RegExp(message),
      advice: /or LOGIN_TITLE/,
    })),
  },
  {
    planted: 'only WhatsApp: a long text for all channels costs nothing more',
    async plant(world) {
      without(world, 'KAVENEGAR_', 'MELIPAYAMAK_', 'SMS_');
      world.env['ALLOWED_COUNTRIES'] = 'KZ';
      const database = await ownDatabase(world);
      await setTemplateBody(database, 'en', LONG);
    },
    found: [
      { about: 'settings', level: 'warning', message: /^green-api is the only channel/, advice: /another provider/ },
    ],
  },
  {
    planted: 'nothing wrong: a long text for WhatsApp, which does not charge by part',
    async plant(world) {
      const database = await ownDatabase(world);
      await insertTemplate(database, { channel: 'green-api', body: LONG });
    },
    found: [],
  },
  {
    planted: 'a text without its code',
    async plant(world) {
      const database = await ownDatabase(world);
      await database.query('ALTER TABLE sms_templates DROP CONSTRAINT sms_templates_code_check');
      await setTemplateBody(database, 'ru', 'Welcome!');
    },
    found: [{ about: 'templates', message: /^\*\/ru has no \{code\}$/, advice: /add \{code\}/ }],
  },
];
