import { getCountries } from 'libphonenumber-js/max';
import { z } from 'zod';
import { baseUrl } from '../../../config/forms.js';
import { accountReport, refusedAccount } from '../account-report.js';
import { isFailed } from '../http.js';
import { defineProvider } from '../provider.js';
import { readTwilioAccount } from './account.js';
import { checkTwilio } from './check.js';
import { createTwilioCall } from './call.js';
import { createTwilio } from './client.js';
import { NOT_REACHED, TWILIO_WEBHOOK, createTwilioSms } from './index.js';
import { twilioProbe } from './probe.js';
import { createTwilioWebhook } from './webhook.js';

const sid = (prefix: string) =>
  z
    .string()
    .regex(
      new RegExp(`^${prefix}[0-9a-f]{32}$`),
      `must be ${prefix} and 32 hexadecimal digits, as the console shows it`,
    )
    .optional();
const credential = z
  .string()
  .regex(/^[\x21-\x7e]{16,128}$/, 'must have 16 to 128 characters without spaces; copy it again')
  .optional();
const COUNTRIES = getCountries().filter((country) => !NOT_REACHED.includes(country));

/** SMS by Twilio Programmable Messaging (twilio.com/docs/messaging), and calls by Programmable Voice (twilio.com/docs/voice). */
export const twilio = defineProvider({
  title: 'Twilio (SMS and calls)',
  environment: {
    TWILIO_URL: baseUrl('https://api.twilio.com'),
    TWILIO_ACCOUNT_SID: sid('AC'),
    TWILIO_AUTH_TOKEN: credential,
    TWILIO_API_KEY_SID: sid('SK'),
    TWILIO_API_KEY_SECRET: credential,
    TWILIO_FROM: z
      .string()
      .transform((value) => value.replaceAll(/(?<=^[+\d].*)[\s()-]/g, ''))
      .refine(
        (value) => /^(?:\+[1-9]\d{6,14}|\d{3,8}|(?=.*[A-Za-z])[A-Za-z\d &+_-]{1,11})$/.test(value),
        'must be a number such as +15005550006, a short code, or a sender of up to 11 letters, digits and spaces',
      )
      .optional(),
    TWILIO_MESSAGING_SERVICE_SID: sid('MG'),
    TWILIO_CALL_FROM: z
      .string()
      .transform((value) => value.replaceAll(/[\s()-]/g, ''))
      .refine((value) => /^\+[1-9]\d{6,14}$/.test(value), 'must be a number such as +15005550006')
      .optional(),
  },
  variables: {
    TWILIO_URL: {
      meaning: "The URL of Twilio's API.",
      form: 'A URL with `https://` or `http://`, without user and password.',
      fallback: 'https://api.twilio.com',
    },
    TWILIO_ACCOUNT_SID: {
      meaning:
        'The SID of your Twilio account. It needs `TWILIO_AUTH_TOKEN`, or `TWILIO_API_KEY_SID` with `TWILIO_API_KEY_SECRET`.',
      form: '`AC` and 32 hexadecimal digits.',
      unset: 'no channel `twilio`',
    },
    TWILIO_AUTH_TOKEN: {
      secret: true,
      sentTo: 'TWILIO_URL',
      meaning:
        'The auth token of your account. Twilio signs its callbacks with it, so the gateway needs it for [receipts by callback](../providers/twilio.md#receipts) also where a key is set.',
      form: '16 to 128 ASCII characters without spaces.',
      unset: 'no callbacks: the gateway only polls Twilio',
    },
    TWILIO_API_KEY_SID: {
      meaning:
        'The SID of an API key, which the gateway then uses for requests in place of the auth token. It needs `TWILIO_API_KEY_SECRET`.',
      form: '`SK` and 32 hexadecimal digits.',
      unset: 'requests use the account SID and the auth token',
    },
    TWILIO_API_KEY_SECRET: {
      secret: true,
      sentTo: 'TWILIO_URL',
      meaning: 'The secret of the API key. It needs `TWILIO_API_KEY_SID`.',
      form: '16 to 128 ASCII characters without spaces.',
      unset: 'no API key is used',
    },
    TWILIO_FROM: {
      meaning: 'The sender of SMS. It needs `TWILIO_ACCOUNT_SID`.',
      form: 'A number of the account in the international form, a short code, or 1 to 11 letters, digits and spaces. Spaces, dashes and brackets in a number are dropped.',
      unset: 'the senders of `TWILIO_MESSAGING_SERVICE_SID`',
    },
    TWILIO_MESSAGING_SERVICE_SID: {
      meaning:
        'The messaging service whose senders send SMS, in place of `TWILIO_FROM`. It needs `TWILIO_ACCOUNT_SID`.',
      form: '`MG` and 32 hexadecimal digits.',
      unset: '`TWILIO_FROM` sends',
    },
    TWILIO_CALL_FROM: {
      meaning: 'The number that calls come from. It needs `TWILIO_ACCOUNT_SID`.',
      form: 'A number of the account in the international form. Spaces, dashes and brackets are dropped.',
      unset: 'no channel `twilio-call`',
    },
  },
  settings: (env) => ({
    url: env.TWILIO_URL,
    accountSid: env.TWILIO_ACCOUNT_SID,
    authToken: env.TWILIO_AUTH_TOKEN,
    keySid: env.TWILIO_API_KEY_SID,
    keySecret: env.TWILIO_API_KEY_SECRET,
    from: env.TWILIO_FROM,
    messagingServiceSid: env.TWILIO_MESSAGING_SERVICE_SID,
    callFrom: env.TWILIO_CALL_FROM,
  }),
  problems(env) {
    const needs = (name: string, ...needed: string[]) =>
      env[name] && !needed.some((one) => env[one]) ? [`${needed.join(' or ')} is missing: ${name} needs it`] : [];
    return [
      ...[
        'TWILIO_AUTH_TOKEN',
        'TWILIO_API_KEY_SID',
        'TWILIO_FROM',
        'TWILIO_MESSAGING_SERVICE_SID',
        'TWILIO_CALL_FROM',
      ].flatMap((name) => needs(name, 'TWILIO_ACCOUNT_SID')),
      ...needs('TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_API_KEY_SID'),
      ...needs('TWILIO_ACCOUNT_SID', 'TWILIO_FROM', 'TWILIO_MESSAGING_SERVICE_SID', 'TWILIO_CALL_FROM'),
      ...needs('TWILIO_API_KEY_SID', 'TWILIO_API_KEY_SECRET'),
      ...needs('TWILIO_API_KEY_SECRET', 'TWILIO_API_KEY_SID'),
      ...(env['TWILIO_FROM'] && env['TWILIO_MESSAGING_SERVICE_SID']
        ? ['TWILIO_FROM is set, and TWILIO_MESSAGING_SERVICE_SID too: remove one of the two']
        : []),
    ];
  },
  channels: [
    {
      name: 'twilio',
      kind: 'sms',
      description: 'SMS through Twilio.',
      label: 'Twilio',
      needs: 'TWILIO_ACCOUNT_SID, a credential, and TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID',
      countries: COUNTRIES,
      // Estimates above the prices of most countries (twilio.com/en-us/sms/pricing), which differ by country and change.
      price: { currency: 'USD', amounts: { US: '0.02', CA: '0.02', '*': '0.3' }, listed: [] },
      bindsCode: true,
      carriesNotifications: true,
      refusable: { sender: 'TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID' },
      isConfigured: ({ accountSid, from, messagingServiceSid }) =>
        accountSid !== undefined && (from ?? messagingServiceSid) !== undefined,
    },
    {
      name: 'twilio-call',
      kind: 'call',
      description: 'A call through Twilio, which reads the code out.',
      label: 'Twilio',
      needs: 'TWILIO_ACCOUNT_SID, a credential, and TWILIO_CALL_FROM',
      countries: COUNTRIES,
      // Estimates of one minute to a mobile phone (twilio.com/en-us/voice/pricing), which differ by country and change.
      price: { currency: 'USD', amounts: { US: '0.03', CA: '0.03', '*': '0.4' }, listed: [] },
      refusable: { sender: 'TWILIO_CALL_FROM' },
      isConfigured: ({ accountSid, callFrom }) => accountSid !== undefined && callFrom !== undefined,
    },
  ],
  create(settings, deps) {
    const account = createTwilio(settings);
    if (!account) return [];
    // Without the token, nobody could check the signature of a callback.
    const publicUrl = settings.authToken === undefined ? undefined : deps.publicUrl;
    const own = { ...settings, twilio: account, publicUrl };
    return [createTwilioSms(own), createTwilioCall(own)];
  },
  apis: ({ accountSid, url }) => (accountSid ? [{ about: 'twilio', name: 'Twilio', url, variable: 'TWILIO_URL' }] : []),
  webhook: {
    path: TWILIO_WEBHOOK,
    meaning:
      "Twilio's reports on messages and calls ([how](../providers/twilio.md#receipts)). 401 for a wrong signature.",
    exists: 'With `TWILIO_AUTH_TOKEN` only.',
    create: ({ authToken }, { publicUrl }) =>
      authToken === undefined ? undefined : createTwilioWebhook({ authToken, publicUrl }),
  },
  probes: ({ authToken }, { publicUrl }) => (authToken === undefined ? [] : [twilioProbe(authToken, publicUrl)]),
  async check(settings) {
    const account = createTwilio(settings);
    return account ? checkTwilio(account, settings) : [];
  },
  async account(settings) {
    const client = createTwilio(settings);
    if (!client) return undefined;
    const account = await readTwilioAccount(client);
    return isFailed(account)
      ? refusedAccount('twilio', account)
      : accountReport('twilio', {
          ...(account.balance === undefined
            ? { credentials: 'accepted' }
            : { [`balance (${account.currency})`]: account.balance }),
          sender: settings.from ?? settings.messagingServiceSid,
          caller: settings.callFrom,
        });
  },
});
