import { z } from 'zod';
import { baseUrl, pathPart } from '../../../config/forms.js';
import { SHARED_TOKEN, strongSecret } from '../../../config/secret-strength.js';
import { stripAuthScheme } from '../../../config/strip-auth-scheme.js';
import { maskPhone } from '../../../phone/mask-phone.js';
import { accountReport, refusedAccount } from '../account-report.js';
import { createGreenApi } from '../green-api/client.js';
import { isFailed } from '../http.js';
import { defineProvider } from '../provider.js';
import { readGreenApiMaxAccount } from './account.js';
import { checkGreenApiMax } from './check.js';
import { COUNTRIES, NO_FIELDS, createGreenApiMaxChannel } from './index.js';
import { greenApiMaxProbe } from './probe.js';
import { WEBHOOK_OF_MAX, createGreenApiMaxWebhook } from './webhook.js';

const DEFAULT_URL = 'https://api.green-api.com/v3';

/** MAX through Green API. It is paid by the month, not by the message (green-api.com/max, November 2026). */
export const greenApiMax = defineProvider({
  title: 'Green API (MAX)',
  environment: {
    GREEN_API_MAX_URL: baseUrl(DEFAULT_URL),
    GREEN_API_MAX_ID_INSTANCE: z
      .string()
      .regex(/^\d{1,10}$/, 'must be the number of the instance, 1 to 10 digits')
      .optional(),
    GREEN_API_MAX_TOKEN: pathPart.optional(),
    GREEN_API_MAX_WEBHOOK_TOKEN: z.string().transform(stripAuthScheme).pipe(strongSecret(SHARED_TOKEN)).optional(),
  },
  variables: {
    GREEN_API_MAX_URL: {
      meaning:
        'The API URL of your Green API instance for MAX, with `/v3` at its end ([how](../providers/green-api-max.md)).',
      form: 'A URL with `https://` or `http://`, without user and password.',
      fallback: DEFAULT_URL,
    },
    GREEN_API_MAX_ID_INSTANCE: {
      meaning: 'The id (`idInstance`) of your Green API instance for MAX. It needs `GREEN_API_MAX_TOKEN`.',
      form: '1 to 10 digits.',
      unset: 'no channel `green-api-max`',
    },
    GREEN_API_MAX_TOKEN: {
      secret: true,
      sentTo: 'GREEN_API_MAX_URL',
      meaning: 'The API token of the instance. It needs `GREEN_API_MAX_ID_INSTANCE`.',
      form: 'Letters, digits and `. _ ~ % + = -`.',
      unset: 'no channel `green-api-max`',
    },
    GREEN_API_MAX_WEBHOOK_TOKEN: {
      secret: true,
      isOwn: true,
      sentTo: 'GREEN_API_MAX_URL',
      meaning:
        'The token that webhooks must have in the header `Authorization`: the `webhookUrlToken` of the instance. `openssl rand -hex 24` generates one.',
      form: 'At least 16 characters, 6 of them different. Values that can be guessed are refused.',
      unset: 'no webhook, so no receipts',
    },
  },
  settings: (env) => ({
    url: env.GREEN_API_MAX_URL,
    idInstance: env.GREEN_API_MAX_ID_INSTANCE,
    token: env.GREEN_API_MAX_TOKEN,
    webhookToken: env.GREEN_API_MAX_WEBHOOK_TOKEN,
  }),
  problems(env) {
    const needs = (name: string, needed: string) =>
      env[name] && !env[needed] ? [`${needed} is missing: ${name} needs it`] : [];
    return [
      ...needs('GREEN_API_MAX_TOKEN', 'GREEN_API_MAX_ID_INSTANCE'),
      ...needs('GREEN_API_MAX_ID_INSTANCE', 'GREEN_API_MAX_TOKEN'),
      ...needs('GREEN_API_MAX_WEBHOOK_TOKEN', 'GREEN_API_MAX_ID_INSTANCE'),
      ...(env['GREEN_API_MAX_ID_INSTANCE'] && env['GREEN_API_MAX_ID_INSTANCE'] === env['GREEN_API_ID_INSTANCE']
        ? ['GREEN_API_MAX_ID_INSTANCE is that of GREEN_API_ID_INSTANCE: an instance belongs to one messenger']
        : []),
    ];
  },
  channels: [
    {
      name: 'green-api-max',
      kind: 'max',
      description: 'MAX through Green API.',
      label: 'Green API',
      needs: 'GREEN_API_MAX_ID_INSTANCE and GREEN_API_MAX_TOKEN',
      countries: COUNTRIES,
      price: { currency: 'USD', amounts: { '*': '0' } },
      carriesNotifications: true,
      isConfigured: ({ idInstance, token }) => idInstance !== undefined && token !== undefined,
    },
  ],
  create(settings, { instanceStateOf }) {
    const greenApi = createGreenApi(settings, NO_FIELDS);
    if (!greenApi) return [];
    const instanceState = instanceStateOf?.({ greenApi, channel: 'green-api-max' }) ?? {
      current: async () => undefined,
    };
    const hasReceipts = settings.webhookToken !== undefined;
    return [createGreenApiMaxChannel({ greenApi, instanceState, hasReceipts })];
  },
  apis: ({ url, token }) =>
    token ? [{ about: 'green-api-max', name: 'Green API (MAX)', url, variable: 'GREEN_API_MAX_URL' }] : [],
  webhook: {
    path: WEBHOOK_OF_MAX,
    meaning:
      "Green API's reports on messages by MAX ([how](../providers/green-api-max.md#receipts)). 401 for a wrong token.",
    exists: 'With `GREEN_API_MAX_WEBHOOK_TOKEN` only.',
    create: ({ idInstance, webhookToken }) =>
      idInstance && webhookToken ? createGreenApiMaxWebhook({ idInstance, webhookToken }) : undefined,
  },
  probes: ({ idInstance, webhookToken }) => (idInstance && webhookToken ? [greenApiMaxProbe(webhookToken)] : []),
  async check(settings) {
    const greenApi = createGreenApi(settings);
    return greenApi ? checkGreenApiMax(greenApi, settings) : [];
  },
  async account(settings) {
    const greenApi = createGreenApi(settings);
    if (!greenApi) return undefined;
    const account = await readGreenApiMaxAccount(greenApi);
    if (isFailed(account)) return refusedAccount('green-api-max', account);
    return accountReport('green-api-max', {
      instance: greenApi.idInstance,
      state: account.state,
      number: account.number && maskPhone(`+${account.number}`),
      'messages waiting': account.queued,
    });
  },
});
