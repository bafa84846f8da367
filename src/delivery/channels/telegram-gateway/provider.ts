import { z } from 'zod';
import { baseUrl } from '../../../config/forms.js';
import { accountReport, refusedAccount } from '../account-report.js';
import { isFailed } from '../http.js';
import { defineProvider } from '../provider.js';
import { readTelegramGatewayAccount } from './account.js';
import { checkTelegramGateway } from './check.js';
import { createTelegramGateway } from './client.js';
import { TELEGRAM_GATEWAY_WEBHOOK, createTelegramGatewayChannel } from './index.js';
import { telegramGatewayProbe } from './probe.js';
import { createTelegramGatewayWebhook } from './webhook.js';

/** Codes by Telegram, from its own account "Verification Codes" (core.telegram.org/gateway). */
export const telegramGateway = defineProvider({
  title: 'Telegram Gateway',
  environment: {
    TELEGRAM_GATEWAY_URL: baseUrl('https://gatewayapi.telegram.org'),
    TELEGRAM_GATEWAY_TOKEN: z
      .string()
      .regex(/^[\x21-\x7e]{10,256}$/, 'must be the token of the account, 10 to 256 characters without spaces')
      .optional(),
    TELEGRAM_GATEWAY_SENDER: z
      .string()
      .transform((value) => value.replace(/^@/, ''))
      .refine((value) => /^\w{4,32}$/.test(value), 'must be the username of a verified channel, such as exampleshop')
      .optional(),
  },
  variables: {
    TELEGRAM_GATEWAY_URL: {
      meaning: "The URL of Telegram's Gateway API.",
      form: 'A URL with `https://` or `http://`, without user and password.',
      fallback: 'https://gatewayapi.telegram.org',
    },
    TELEGRAM_GATEWAY_TOKEN: {
      secret: true,
      sentTo: 'TELEGRAM_GATEWAY_URL',
      meaning: 'The token of your account at gateway.telegram.org ([how](../providers/telegram-gateway.md)).',
      form: '10 to 256 ASCII characters without spaces.',
      unset: 'no channel `telegram-gateway`',
    },
    TELEGRAM_GATEWAY_SENDER: {
      meaning:
        'The username of the verified Telegram channel that messages come from. It needs `TELEGRAM_GATEWAY_TOKEN`.',
      form: '4 to 32 letters, digits and underscores. A `@` before it is dropped.',
      unset: "messages come from Telegram's own account for codes",
    },
  },
  settings: (env) => ({
    url: env.TELEGRAM_GATEWAY_URL,
    token: env.TELEGRAM_GATEWAY_TOKEN,
    sender: env.TELEGRAM_GATEWAY_SENDER,
  }),
  problems: (env) =>
    env['TELEGRAM_GATEWAY_SENDER'] && !env['TELEGRAM_GATEWAY_TOKEN']
      ? ['TELEGRAM_GATEWAY_TOKEN is missing: TELEGRAM_GATEWAY_SENDER needs it']
      : [],
  channels: [
    {
      name: 'telegram-gateway',
      kind: 'telegram',
      description: "Telegram, through Telegram's Gateway API.",
      label: 'Gateway',
      needs: 'TELEGRAM_GATEWAY_TOKEN',
      countries: '*',
      // The price of a delivered code (core.telegram.org/gateway, November 2026).
      price: { currency: 'USD', amounts: { '*': '0.01' } },
      refusable: { sender: 'TELEGRAM_GATEWAY_SENDER' },
      unproven: ({ sender }) => (sender ? { what: `TELEGRAM_GATEWAY_SENDER (${sender})` } : undefined),
      isConfigured: ({ token }) => token !== undefined,
    },
  ],
  create(settings, { publicUrl }) {
    const telegram = createTelegramGateway(settings);
    return telegram ? [createTelegramGatewayChannel({ telegram, sender: settings.sender, publicUrl })] : [];
  },
  apis: ({ token, url }) =>
    token ? [{ about: 'telegram-gateway', name: 'Telegram', url, variable: 'TELEGRAM_GATEWAY_URL' }] : [],
  webhook: {
    path: TELEGRAM_GATEWAY_WEBHOOK,
    meaning:
      "Telegram's reports on messages ([how](../providers/telegram-gateway.md#receipts)). 401 for a wrong signature.",
    exists: 'With `TELEGRAM_GATEWAY_TOKEN` only.',
    create: ({ token }) => (token === undefined ? undefined : createTelegramGatewayWebhook({ token })),
  },
  probes: ({ token }) => (token === undefined ? [] : [telegramGatewayProbe(token)]),
  async check(settings) {
    const telegram = createTelegramGateway(settings);
    return telegram ? checkTelegramGateway(telegram) : [];
  },
  async account(settings) {
    const telegram = createTelegramGateway(settings);
    if (!telegram) return undefined;
    const account = await readTelegramGatewayAccount(telegram);
    return isFailed(account)
      ? refusedAccount('telegram-gateway', account)
      : accountReport('telegram-gateway', { token: 'accepted', sender: settings.sender ?? "Telegram's own account" });
  },
});
