import { z } from 'zod';
import { baseUrl, pathPart } from '../../../config/forms.js';
import { SHARED_TOKEN, strongSecret } from '../../../config/secret-strength.js';
import { stripAuthScheme } from '../../../config/strip-auth-scheme.js';
import { maskPhone } from '../../../phone/mask-phone.js';
import { accountReport, refusedAccount } from '../account-report.js';
import { isFailed } from '../http.js';
import { defineProvider } from '../provider.js';
import { readGreenApiAccount } from './account.js';
import { createGreenApi } from './client.js';
import { createGreenApiChannel } from './index.js';
import { greenApiProbe } from './probe.js';

const STRONG =
  'At least 16 characters, 6 of them different. Values that can be guessed are refused: from examples, of common words, sequences or repetitions, or of another variable.';

/** WhatsApp through Green API. It is paid by the month, not by the message (green-api.com, prices, November 2026). */
export const greenApi = defineProvider({
  title: 'Green API (WhatsApp)',
  environment: {
    GREEN_API_URL: baseUrl('https://api.green-api.com'),
    GREEN_API_ID_INSTANCE: z
      .string()
      .regex(/^\d{1,10}$/, 'must be the number of the instance, 1 to 10 digits')
      .optional(),
    GREEN_API_TOKEN: pathPart.optional(),
    GREEN_API_WEBHOOK_TOKEN: z
      .string()
      .transform(stripAuthScheme)
      .refine((token) => token !== '' && !/^(bearer|basic)$/i.test(token), 'has no token after its prefix')
      .pipe(strongSecret(SHARED_TOKEN))
      .optional(),
  },
  variables: {
    GREEN_API_URL: {
      meaning: 'The API URL of your Green API instance.',
      form: 'A URL with `https://` or `http://`, without user and password.',
      fallback: 'https://api.green-api.com',
    },
    GREEN_API_ID_INSTANCE: {
      meaning: 'The id (`idInstance`) of your Green API instance. The gateway ignores webhooks of any other instance.',
      form: '1 to 10 digits.',
      unset: 'in production there is no WhatsApp login',
    },
    GREEN_API_TOKEN: {
      secret: true,
      sentTo: 'GREEN_API_URL',
      meaning:
        'The API token of the instance. The gateway needs it to send codes by WhatsApp, to reply to users, and to look up hidden senders. It needs `GREEN_API_ID_INSTANCE`.',
      form: 'Letters, digits and `. _ ~ % + = -`.',
      unset: 'no channel `green-api`, no replies, and the gateway refuses hidden senders',
    },
    GREEN_API_WEBHOOK_TOKEN: {
      secret: true,
      isOwn: true,
      sentTo: 'GREEN_API_URL',
      meaning:
        'The token that webhooks must have in the header `Authorization`: the `webhookUrlToken` of the instance. In production, set both this variable and `GREEN_API_ID_INSTANCE`, or neither. `openssl rand -hex 24` generates one.',
      form: STRONG,
      unset: 'in development the gateway does not check the token',
    },
  },
  settings: (env) => ({
    url: env.GREEN_API_URL,
    idInstance: env.GREEN_API_ID_INSTANCE,
    token: env.GREEN_API_TOKEN,
    webhookToken: env.GREEN_API_WEBHOOK_TOKEN,
  }),
  problems: (env) => [
    ...(env['GREEN_API_TOKEN'] && !env['GREEN_API_ID_INSTANCE']
      ? ['GREEN_API_ID_INSTANCE is missing: GREEN_API_TOKEN needs it (the Green API console shows both)']
      : []),
    ...(env['NODE_ENV'] === 'production' && env['GREEN_API_ID_INSTANCE'] && !env['GREEN_API_WEBHOOK_TOKEN']
      ? ['GREEN_API_WEBHOOK_TOKEN is missing: without it, anyone could sign in as any user through the webhook']
      : []),
    ...(env['NODE_ENV'] === 'production' && env['GREEN_API_WEBHOOK_TOKEN'] && !env['GREEN_API_ID_INSTANCE']
      ? [
          'GREEN_API_ID_INSTANCE is missing: with GREEN_API_WEBHOOK_TOKEN, the webhook accepts events of this instance only',
        ]
      : []),
  ],
  channels: [
    {
      name: 'green-api',
      kind: 'whatsapp',
      description: 'WhatsApp through Green API.',
      label: 'Green API',
      needs: 'GREEN_API_ID_INSTANCE and GREEN_API_TOKEN',
      countries: '*',
      price: { currency: 'USD', amounts: { '*': '0' } },
      carriesNotifications: true,
      isConfigured: ({ idInstance, token }) => idInstance !== undefined && token !== undefined,
    },
  ],
  create: (_, { greenApi: account, instanceState }) => [
    account && instanceState && createGreenApiChannel({ greenApi: account, instanceState }),
  ],
  apis: ({ url, idInstance, token }) =>
    idInstance && token ? [{ about: 'green-api', name: 'Green API', url, variable: 'GREEN_API_URL' }] : [],
  probes: ({ idInstance, webhookToken }) => (idInstance && webhookToken ? [greenApiProbe(webhookToken)] : []),
  async account(settings) {
    const instance = createGreenApi(settings);
    if (!instance) return undefined;
    const account = await readGreenApiAccount(instance);
    if (isFailed(account)) return refusedAccount('green-api', account);
    return accountReport('green-api', {
      instance: instance.idInstance,
      state: account.state,
      number: account.number && maskPhone(`+${account.number}`),
      'messages waiting': account.queued,
      'last message to it': account.incomingAt[0]?.toISOString(),
    });
  },
});
