import { z } from 'zod';
import { baseUrl } from '../../../config/forms.js';
import { SHARED_TOKEN, strongSecret } from '../../../config/secret-strength.js';
import { maskPhone } from '../../../phone/mask-phone.js';
import { accountReport, refusedAccount } from '../account-report.js';
import { isFailed } from '../http.js';
import { defineProvider } from '../provider.js';
import { checkWhatsAppCloud, readCloudPhone } from './account.js';
import { createWhatsAppCloud } from './client.js';
import { createWhatsAppCloudChannel } from './index.js';
import { cloudProbe } from './probe.js';
import { WHATSAPP_CLOUD_WEBHOOK, createWhatsAppCloudWebhook } from './webhook.js';

const id = (what: string) => z.string().regex(/^\d{5,25}$/, `must be the ID of ${what}, 5 to 25 digits`);

/** WhatsApp through Meta's Cloud API: codes by template, receipts, and sign-ins by message. */
export const whatsAppCloud = defineProvider({
  title: 'WhatsApp Cloud API (Meta)',
  environment: {
    WHATSAPP_CLOUD_URL: baseUrl('https://graph.facebook.com/v23.0'),
    WHATSAPP_CLOUD_PHONE_NUMBER_ID: id('the phone number').optional(),
    WHATSAPP_CLOUD_BUSINESS_ID: id('the WhatsApp Business account').optional(),
    WHATSAPP_CLOUD_TOKEN: z
      .string()
      .regex(/^[\x21-\x7e]{10,1024}$/, 'must be an access token, without spaces')
      .optional(),
    WHATSAPP_CLOUD_TEMPLATE: z
      .string()
      .regex(/^[a-z0-9_]{1,512}$/, 'must be the name of a template: small letters, digits and underscores')
      .default('login_code'),
    WHATSAPP_CLOUD_ANDROID_PACKAGE: z
      .string()
      .max(224)
      .regex(/^[A-Za-z]\w*(\.[A-Za-z]\w*)+$/, 'must be the name of a package, such as com.example.shop')
      .optional(),
    WHATSAPP_CLOUD_APP_SECRET: z
      .string()
      .regex(/^[\da-f]{32}$/, 'must be the secret of the app, 32 hexadecimal digits')
      .optional(),
    WHATSAPP_CLOUD_VERIFY_TOKEN: strongSecret(SHARED_TOKEN)
      .regex(/^[\w-]+$/, 'must be letters, digits, dashes or underscores, because it is part of a URL')
      .optional(),
  },
  variables: {
    WHATSAPP_CLOUD_URL: {
      meaning: "The URL of Meta's Graph API, with its version.",
      form: 'A URL with `https://` or `http://`, without user and password.',
      fallback: 'https://graph.facebook.com/v23.0',
    },
    WHATSAPP_CLOUD_PHONE_NUMBER_ID: {
      meaning: 'The ID of your number at Meta, which is not the number itself. It needs `WHATSAPP_CLOUD_TOKEN`.',
      form: '5 to 25 digits.',
      unset: 'no channel `whatsapp-cloud`',
    },
    WHATSAPP_CLOUD_BUSINESS_ID: {
      meaning: 'The ID of your WhatsApp Business account, for `phonegate providers templates` and the doctor.',
      form: '5 to 25 digits.',
      unset: 'the doctor does not check the template',
    },
    WHATSAPP_CLOUD_TOKEN: {
      secret: true,
      sentTo: 'WHATSAPP_CLOUD_URL',
      meaning:
        'The access token of a system user, with `whatsapp_business_messaging` and, for templates, `whatsapp_business_management`. It needs `WHATSAPP_CLOUD_PHONE_NUMBER_ID`.',
      form: 'Without spaces.',
      unset: 'no channel `whatsapp-cloud`',
    },
    WHATSAPP_CLOUD_TEMPLATE: {
      meaning: 'The name of your authentication template.',
      form: 'Small letters, digits and underscores.',
      fallback: 'login_code',
    },
    WHATSAPP_CLOUD_ANDROID_PACKAGE: {
      meaning:
        'The package name of your Android app. `phonegate providers templates create` then makes a template whose button fills the code into the app ([one tap](../providers/whatsapp-cloud.md#one-tap)). It needs `SMS_APP_HASH`.',
      form: 'At least two parts, such as `com.example.shop`; at most 224 characters.',
      unset: 'the button of the template copies the code',
    },
    WHATSAPP_CLOUD_APP_SECRET: {
      secret: true,
      sentTo: 'WHATSAPP_CLOUD_URL',
      meaning:
        'The secret of your app, with which Meta signs webhooks. With it and `WHATSAPP_CLOUD_VERIFY_TOKEN` there are receipts, and sign-ins by WhatsApp without Green API.',
      form: '32 hexadecimal digits.',
      unset: 'no webhook',
    },
    WHATSAPP_CLOUD_VERIFY_TOKEN: {
      secret: true,
      isOwn: true,
      meaning:
        'The token that you enter beside the URL of the webhook, and that Meta sends once. `openssl rand -hex 24` generates one.',
      form: 'At least 16 letters, digits, dashes or underscores, 6 of them different. Values that can be guessed are refused.',
      unset: 'no webhook',
    },
  },
  settings: (env) => ({
    url: env.WHATSAPP_CLOUD_URL,
    phoneNumberId: env.WHATSAPP_CLOUD_PHONE_NUMBER_ID,
    businessId: env.WHATSAPP_CLOUD_BUSINESS_ID,
    token: env.WHATSAPP_CLOUD_TOKEN,
    template: env.WHATSAPP_CLOUD_TEMPLATE,
    androidPackage: env.WHATSAPP_CLOUD_ANDROID_PACKAGE,
    appSecret: env.WHATSAPP_CLOUD_APP_SECRET,
    verifyToken: env.WHATSAPP_CLOUD_VERIFY_TOKEN,
  }),
  problems(env) {
    const needs = (name: string, needed: string) =>
      env[name] && !env[needed] ? [`${needed} is missing: ${name} needs it`] : [];
    return [
      ...needs('WHATSAPP_CLOUD_TOKEN', 'WHATSAPP_CLOUD_PHONE_NUMBER_ID'),
      ...needs('WHATSAPP_CLOUD_PHONE_NUMBER_ID', 'WHATSAPP_CLOUD_TOKEN'),
      ...needs('WHATSAPP_CLOUD_ANDROID_PACKAGE', 'WHATSAPP_CLOUD_TOKEN'),
      ...needs('WHATSAPP_CLOUD_ANDROID_PACKAGE', 'SMS_APP_HASH'),
      ...needs('WHATSAPP_CLOUD_APP_SECRET', 'WHATSAPP_CLOUD_VERIFY_TOKEN'),
      ...needs('WHATSAPP_CLOUD_VERIFY_TOKEN', 'WHATSAPP_CLOUD_APP_SECRET'),
      ...needs('WHATSAPP_CLOUD_APP_SECRET', 'WHATSAPP_CLOUD_TOKEN'),
    ];
  },
  channels: [
    {
      name: 'whatsapp-cloud',
      kind: 'whatsapp',
      description: "WhatsApp through Meta's Cloud API.",
      label: 'Cloud API',
      needs: 'WHATSAPP_CLOUD_PHONE_NUMBER_ID and WHATSAPP_CLOUD_TOKEN',
      countries: '*',
      // Above the list prices of authentication messages to most countries (developers.facebook.com, Pricing, November 2026).
      price: { currency: 'USD', amounts: { '*': '0.05' }, listed: [] },
      refusable: { template: 'WHATSAPP_CLOUD_TEMPLATE' },
      isConfigured: ({ phoneNumberId, token }) => phoneNumberId !== undefined && token !== undefined,
    },
  ],
  create(settings) {
    const cloud = createWhatsAppCloud(settings);
    return cloud ? [createWhatsAppCloudChannel({ cloud, template: settings.template })] : [];
  },
  apis: ({ token, url }) =>
    token ? [{ about: 'whatsapp-cloud', name: 'Meta', url, variable: 'WHATSAPP_CLOUD_URL' }] : [],
  webhook: {
    path: WHATSAPP_CLOUD_WEBHOOK,
    methods: 'GET, POST',
    meaning: "[Meta's webhook](../providers/whatsapp-cloud.md#the-webhook). 401 for a wrong signature.",
    exists: 'With `WHATSAPP_CLOUD_APP_SECRET` only.',
    create: ({ appSecret, verifyToken, phoneNumberId }) =>
      appSecret && verifyToken && phoneNumberId
        ? createWhatsAppCloudWebhook({ appSecret, verifyToken, phoneNumberId })
        : undefined,
  },
  probes: ({ appSecret, phoneNumberId }) => (appSecret && phoneNumberId ? [cloudProbe(appSecret)] : []),
  async check(settings) {
    const cloud = createWhatsAppCloud(settings);
    return cloud ? checkWhatsAppCloud(cloud, settings) : [];
  },
  async account(settings) {
    const cloud = createWhatsAppCloud(settings);
    if (!cloud) return undefined;
    const phone = await readCloudPhone(cloud);
    return isFailed(phone)
      ? refusedAccount('whatsapp-cloud', phone)
      : accountReport('whatsapp-cloud', {
          number: phone.number && maskPhone(`+${phone.number}`),
          name: phone.name,
          quality: phone.quality,
        });
  },
});
