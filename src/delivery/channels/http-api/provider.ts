import { z } from 'zod';
import { list } from '../../../config/forms.js';
import { defineProvider } from '../provider.js';
import { checkHttpChannel, readHttpAccount } from './account.js';
import { httpApis } from './apis.js';
import { contentOf, createHttpChannel } from './index.js';
import { httpProbes } from './probe.js';
import { readHttpChannels } from './settings.js';
import { HTTP_WEBHOOK, createHttpWebhook } from './webhook.js';

const NAME = /^[a-z][a-z0-9-]{0,31}$/;
const DEFAULT_FOLDER = 'channels';

const names = list.transform((written, context) => {
  for (const name of written)
    if (!NAME.test(name))
      context.addIssue(`"${name}" is not a name: write small letters, digits and dashes, such as mobizon`);
  return [...new Set(written)];
});

/** `mobizon.apiKey=…;smspro.login=…`. Values contain no semicolon. */
const secrets = z.string().transform((written, context) => {
  const found = new Map<string, string>();
  for (const part of written.split(/[;\n]/).filter((text) => text.trim() !== '')) {
    const [, key = '', value = ''] = /^\s*([a-z][a-z0-9-]{0,31}\.[A-Za-z]{1,32})=(.{1,4096}?)\s*$/.exec(part) ?? [];
    if (key === '') context.addIssue('must be values such as mobizon.apiKey=…, separated by semicolons or lines');
    else found.set(key, value);
  }
  return found;
});

/** Any provider, described by the configuration: docs/decisions/0069. */
export const http = defineProvider({
  title: 'HTTP channels',
  environment: {
    HTTP_CHANNELS: names.default([]),
    HTTP_CHANNELS_FOLDER: z.string().default(DEFAULT_FOLDER),
    HTTP_SECRETS: secrets.default(new Map()),
  },
  variables: {
    HTTP_CHANNELS: {
      meaning:
        'The names of channels that files describe ([how](../providers/http-channels.md)). Each has the file `<name>.json` in `HTTP_CHANNELS_FOLDER`, and is written `http:<name>` in `DELIVERY_ROUTES`.',
      form: 'Names of small letters, digits and dashes, separated by commas, such as `mobizon,smspro`.',
      unset: 'no channel `http:…`',
    },
    HTTP_CHANNELS_FOLDER: {
      meaning: 'The folder with the files of `HTTP_CHANNELS`.',
      fallback: DEFAULT_FOLDER,
    },
    HTTP_SECRETS: {
      secret: true,
      sentTo: 'anywhere',
      meaning: 'The keys and passwords of these channels. A file uses `{secret.apiKey}` for `mobizon.apiKey`.',
      form: '`NAME.KEY=VALUE`, separated by semicolons or lines, such as `mobizon.apiKey=…;smspro.login=…;smspro.password=…`.',
      unset: 'files can use no `{secret.…}`',
    },
  },
  settings: (env) => ({
    channels: readHttpChannels({
      names: env.HTTP_CHANNELS,
      folder: env.HTTP_CHANNELS_FOLDER,
      secrets: env.HTTP_SECRETS,
    }).channels,
  }),
  problems(env) {
    const written = names.safeParse(env['HTTP_CHANNELS'] ?? '');
    const values = secrets.safeParse(env['HTTP_SECRETS'] ?? '');
    if (!written.success || !values.success) return []; // each is reported itself
    const folder = env['HTTP_CHANNELS_FOLDER'] ?? DEFAULT_FOLDER;
    // Those of a channel that is left out are no mistake.
    const mayBeUnused = env['STRICT_CHANNELS'] === 'off';
    return readHttpChannels({ names: written.data, folder, secrets: values.data, mayBeUnused }).problems;
  },
  // Each file is one channel. Problems of the variables themselves concern all of them.
  leaveOut(env, problems) {
    const wrong = new Set(problems.map((problem) => /^HTTP_CHANNELS names ([a-z0-9-]+): /.exec(problem)?.[1]));
    const written = names.safeParse(env['HTTP_CHANNELS'] ?? '');
    if (wrong.has(undefined) || !written.success)
      return { ...env, HTTP_CHANNELS: undefined, HTTP_SECRETS: undefined, HTTP_SECRETS_FILE: undefined };
    return { ...env, HTTP_CHANNELS: written.data.filter((name) => !wrong.has(name)).join(',') };
  },
  channels: [
    {
      name: 'http',
      kind: 'sms',
      description: 'A provider that the operator has described, mostly of SMS.',
      label: 'HTTP',
      needs: 'its name in HTTP_CHANNELS',
      countries: '*',
      price: { currency: 'USD', amounts: { '*': '0.25' } },
      bindsCode: true,
      refusable: { sender: 'its file in HTTP_CHANNELS_FOLDER', template: 'its file in HTTP_CHANNELS_FOLDER' },
      isConfigured: ({ channels }) => channels.length > 0,
      instances: ({ channels }) =>
        channels.map(({ name, definition }) => ({
          name,
          countries: definition.countries ?? '*',
          amounts: definition.price.amounts,
          ...contentOf(definition),
        })),
    },
  ],
  create: ({ channels }) => channels.map((channel) => createHttpChannel(channel)),
  apis: ({ channels }) => channels.flatMap(httpApis),
  webhook: {
    path: HTTP_WEBHOOK,
    methods: 'GET, POST',
    meaning: 'Reports on messages of [HTTP channels](../providers/http-channels.md#receipts).',
    exists: 'With a channel whose file has `receipts.webhook` only.',
    create: ({ channels }) => createHttpWebhook(channels),
  },
  probes: ({ channels }) => channels.flatMap(httpProbes),
  check: async ({ channels }) => (await Promise.all(channels.map(checkHttpChannel))).flat(),
  accounts: async ({ channels }) =>
    (await Promise.all(channels.map(readHttpAccount))).filter((report) => report !== undefined),
});
