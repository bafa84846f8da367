import { z } from 'zod';
import { baseUrl, lineNumber, pathPart } from '../../../config/forms.js';
import { secretInPath } from '../../../config/secret-strength.js';
import { accountReport, refusedAccount } from '../account-report.js';
import { isFailed } from '../http.js';
import { type ChannelPrice, defineProvider } from '../provider.js';
import { readKavenegarAccount } from './account.js';
import { kavenegarProbe } from './callback.js';
import { checkKavenegar } from './check.js';
import { createKavenegar } from './client.js';
import { createKavenegarCall, createKavenegarSms, createKavenegarVerify } from './index.js';

/**
 * Kavenegar charges about 1,500 to 4,000 rials for a text of two parts in Persian in Iran (kavenegar.com/pricing,
 * November 2026); the default is above that. It publishes no prices by country for messages abroad. These are estimates
 * above the published international prices of other SMS providers (some 0.09 US dollars to Kazakhstan, 0.12 to
 * Kyrgyzstan, more to many other countries), so that a budget is rather too small than too large.
 */
const PRICE: ChannelPrice = {
  currency: 'USD',
  amounts: { IR: '0.005', KZ: '0.15', KG: '0.15', '*': '0.25' },
  listed: ['IR'],
};

export const kavenegar = defineProvider({
  title: 'Kavenegar (SMS and calls)',
  environment: {
    KAVENEGAR_URL: baseUrl('https://api.kavenegar.com'),
    KAVENEGAR_API_KEY: pathPart.optional(),
    KAVENEGAR_TEMPLATE: z.string().optional(),
    KAVENEGAR_CALL_TEMPLATE: z.string().optional(),
    KAVENEGAR_SENDER: lineNumber.optional(),
    KAVENEGAR_CALLBACK_SECRET: secretInPath.optional(),
  },
  variables: {
    KAVENEGAR_URL: {
      meaning: "The URL of Kavenegar's API.",
      form: 'A URL with `https://` or `http://`, without user and password.',
      fallback: 'https://api.kavenegar.com',
    },
    KAVENEGAR_API_KEY: {
      secret: true,
      sentTo: 'KAVENEGAR_URL',
      meaning: 'The key of your Kavenegar account.',
      form: 'Letters, digits and `. _ ~ % + = -`.',
      unset: 'no channel of Kavenegar',
    },
    KAVENEGAR_TEMPLATE: {
      meaning: 'The name of your approved verify template, with `%token` for the code. It needs `KAVENEGAR_API_KEY`.',
      unset: 'no channel `kavenegar-verify`',
    },
    KAVENEGAR_CALL_TEMPLATE: {
      meaning:
        'The name of the approved verify template that calls read out, with `%token` for the code. It may be that of `KAVENEGAR_TEMPLATE`. It needs `KAVENEGAR_API_KEY`.',
      unset: 'no channel `kavenegar-call`',
    },
    KAVENEGAR_SENDER: {
      meaning: 'The line (sender number) that `kavenegar-sms` sends from. It needs `KAVENEGAR_API_KEY`.',
      form: "4 to 20 digits. Spaces, dashes, brackets and Iran's country code are dropped.",
      unset: 'the default line of the account',
    },
    KAVENEGAR_CALLBACK_SECRET: {
      secret: true,
      isOwn: true,
      meaning:
        'The last part of the URL that Kavenegar calls when the status of a message changes ([status callback](../providers/kavenegar.md#the-status-callback)). It needs `KAVENEGAR_API_KEY`.',
      form: '16 to 128 letters, digits, dashes or underscores, 6 of them different. Values that can be guessed are refused: from examples, of common words, sequences or repetitions, or of another variable.',
      unset: 'there is no such URL, and the gateway only polls Kavenegar',
    },
  },
  /** Without a key there is no Kavenegar channel. Without a template there is no kavenegar-verify. */
  settings: (env) => ({
    url: env.KAVENEGAR_URL,
    apiKey: env.KAVENEGAR_API_KEY,
    template: env.KAVENEGAR_TEMPLATE,
    callTemplate: env.KAVENEGAR_CALL_TEMPLATE,
    /** Undefined: the default line of the account. */
    sender: env.KAVENEGAR_SENDER,
    /** Last part of the path of the status callback. Undefined: statuses are polled only. */
    callbackSecret: env.KAVENEGAR_CALLBACK_SECRET,
  }),
  problems(env) {
    const dependent = [
      'KAVENEGAR_TEMPLATE',
      'KAVENEGAR_CALL_TEMPLATE',
      'KAVENEGAR_SENDER',
      'KAVENEGAR_CALLBACK_SECRET',
    ].filter((name) => env[name]);
    return env['KAVENEGAR_API_KEY'] || dependent.length === 0
      ? []
      : [`KAVENEGAR_API_KEY is missing: ${dependent.join(', ')} ${dependent.length === 1 ? 'needs' : 'need'} it`];
  },
  channels: [
    {
      name: 'kavenegar-verify',
      kind: 'sms',
      description: 'SMS through Kavenegar with a verify template.',
      label: 'Kavenegar, approved template',
      needs: 'KAVENEGAR_API_KEY and KAVENEGAR_TEMPLATE',
      countries: '*',
      price: PRICE,
      refusable: { template: 'KAVENEGAR_TEMPLATE' },
      unproven: ({ template }) => (template ? { what: `KAVENEGAR_TEMPLATE (${template})`, template } : undefined),
      isConfigured: ({ apiKey, template }) => apiKey !== undefined && template !== undefined,
    },
    {
      name: 'kavenegar-sms',
      kind: 'sms',
      description: 'Plain SMS through Kavenegar.',
      label: 'Kavenegar',
      needs: 'KAVENEGAR_API_KEY',
      countries: '*',
      price: PRICE,
      bindsCode: true,
      impliedBy: 'kavenegar-verify',
      carriesNotifications: true,
      refusable: { sender: 'KAVENEGAR_SENDER' },
      unproven: () => ({ what: 'the line of plain SMS' }),
      isConfigured: ({ apiKey }) => apiKey !== undefined,
    },
    {
      name: 'kavenegar-call',
      kind: 'call',
      description: 'A call through Kavenegar, which reads the code out.',
      label: 'Kavenegar',
      needs: 'KAVENEGAR_API_KEY and KAVENEGAR_CALL_TEMPLATE',
      countries: ['IR'],
      // Kavenegar's price list has no prices of such calls: an estimate of two minutes to a mobile phone.
      price: { currency: 'USD', amounts: { '*': '0.02' }, listed: [] },
      refusable: { template: 'KAVENEGAR_CALL_TEMPLATE' },
      unproven: ({ callTemplate: template }) =>
        template ? { what: `KAVENEGAR_CALL_TEMPLATE (${template})`, template } : undefined,
      isConfigured: ({ apiKey, callTemplate }) => apiKey !== undefined && callTemplate !== undefined,
    },
  ],
  create(settings) {
    const account = createKavenegar(settings);
    return account
      ? [createKavenegarVerify, createKavenegarSms, createKavenegarCall].map((create) =>
          create(settings, { kavenegar: account }),
        )
      : [];
  },
  apis: ({ apiKey, url }) =>
    apiKey ? [{ about: 'kavenegar', name: 'Kavenegar', url, variable: 'KAVENEGAR_URL' }] : [],
  probes: ({ callbackSecret }) => (callbackSecret === undefined ? [] : [kavenegarProbe(callbackSecret)]),
  async check(settings) {
    const account = createKavenegar(settings);
    return account ? checkKavenegar(account, settings) : [];
  },
  async account(settings) {
    const client = createKavenegar(settings);
    if (!client) return undefined;
    const account = await readKavenegarAccount(client);
    if (isFailed(account)) return refusedAccount('kavenegar', account);
    return accountReport('kavenegar', {
      'credit (Rial)': account.credit,
      plan: account.type,
      line: settings.sender ?? account.settings?.defaultSender,
      'debug mode': account.settings?.debugMode,
    });
  },
});
