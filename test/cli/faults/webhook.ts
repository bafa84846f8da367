import { accountOf } from '../../../src/delivery/channels/green-api/instance-state.js';
import { serve } from '../../../simulators/serve.js';
import { INSTANCE, UNREACHABLE_URL, WEBHOOK, type World } from '../world.js';
import { insertProviderAccount } from '../../support/rows.js';
import { type Fault, ownDatabase } from './fault.js';

const ABOUT = 'webhook';

/** Green API gets the new URL too, so the only fault is the server at that URL. */
function moveTo({ env, greenApi }: World, publicUrl: string): void {
  env['PUBLIC_URL'] = publicUrl;
  greenApi.configure({ webhookUrl: `${publicUrl}${WEBHOOK}` });
}

async function behindAProxyThatAnswers(world: World, status: number, headers: Record<string, string> = {}) {
  const proxy = await serve((_, __, response) => void response.writeHead(status, headers).end());
  world.atTheEnd(() => proxy.close());
  moveTo(world, proxy.url);
}

/** A message to the account for which no webhook is sent. */
export function receiveWithoutWebhook({ greenApi }: World, minutesAgo: number): void {
  greenApi.configure({ incomingWebhook: 'no' });
  const timestamp = Math.floor(Date.now() / 1000) - minutesAgo * 60;
  greenApi.receiveMessage({ from: '77010000002', text: 'Is anybody there?', timestamp });
  greenApi.configure({ incomingWebhook: 'yes' });
}

/** A database in which the last webhook arrived this many minutes ago. */
async function lastWebhook(world: World, minutesAgo: number): Promise<void> {
  const database = await ownDatabase(world);
  await insertProviderAccount(database, { account: accountOf(INSTANCE), webhookAt: `-${minutesAgo} minutes` });
}

export const WEBHOOKS: Fault[] = [
  {
    planted: 'a gateway that does not run',
    plant: (world) => moveTo(world, UNREACHABLE_URL),
    found: [{ about: ABOUT, message: /does not answer$/, advice: /Start the gateway, and check PUBLIC_URL/ }],
  },
  {
    planted: 'a gateway with another token',
    plant({ env, greenApi }) {
      env['GREEN_API_WEBHOOK_TOKEN'] = 'nZkpHmDrXdiERtxFM8q495Qf';
      greenApi.configure({ webhookUrlToken: 'nZkpHmDrXdiERtxFM8q495Qf' });
    },
    found: [
      { about: ABOUT, message: /refuses GREEN_API_WEBHOOK_TOKEN \(HTTP 401\)/, advice: /another token: restart it/ },
    ],
  },
  {
    planted: 'a PUBLIC_URL of another server',
    plant: (world, { env }) => moveTo(world, `${env['PUBLIC_URL']}/auth`),
    found: [{ about: ABOUT, message: /does not exist \(HTTP 404\)/, advice: /PUBLIC_URL leads to another server/ }],
  },
  {
    planted: 'a proxy that redirects',
    plant: (world) => behindAProxyThatAnswers(world, 308, { location: 'https://login.example.com/' }),
    found: [{ about: ABOUT, message: /redirects \(HTTP 308\)/, advice: /configure the proxy not to redirect/ }],
  },
  {
    planted: 'a proxy without a server behind it',
    plant: (world) => behindAProxyThatAnswers(world, 502),
    found: [{ about: ABOUT, message: /answers HTTP 502/, advice: /logs of the gateway and the proxy/ }],
  },
  {
    planted: 'a PUBLIC_URL that only this machine can reach',
    plant: ({ env }) => (env['GREEN_API_URL'] = 'https://green-api.invalid'),
    found: [
      { about: 'green-api', message: /no usable answer/, advice: /GREEN_API_URL/ },
      {
        about: ABOUT,
        message: /^PUBLIC_URL is http:\/\/127\S+, which Green API cannot reach$/,
        advice: /Set it to the public URL of the gateway/,
      },
    ],
  },
  {
    planted: 'a PUBLIC_URL without TLS',
    // The same machine, in a spelling that does not look local.
    plant: (world, { env }) => moveTo(world, env['PUBLIC_URL']?.replace('127.0.0.1', '[::ffff:127.0.0.1]') ?? ''),
    found: [
      { about: 'configuration', level: 'warning', message: /^PUBLIC_URL is not https: codes/, advice: /documentation/ },
      { about: ABOUT, level: 'warning', message: /PUBLIC_URL is not https: the token .* unencrypted/, advice: /TLS/ },
    ],
  },
  {
    planted: 'a message, and never a webhook',
    async plant(world) {
      await ownDatabase(world);
      receiveWithoutWebhook(world, 30);
    },
    found: [
      {
        about: ABOUT,
        message: /^a message arrived at 20\S+Z, but no webhook has ever arrived$/,
        advice: /cannot reach \/api\/webhooks\/greenapi\/incoming/,
      },
    ],
  },
  {
    planted: 'a message long after the last webhook',
    async plant(world) {
      await lastWebhook(world, 60);
      receiveWithoutWebhook(world, 30);
    },
    found: [
      {
        about: ABOUT,
        message: /^a message arrived at 20\S+Z, but the last webhook arrived at 20\S+Z$/,
        advice: /proxy|in front/,
      },
    ],
  },
  {
    // Its webhook may still be on its way.
    planted: 'nothing wrong: a message that has just arrived, after an hour without webhooks',
    async plant(world) {
      await lastWebhook(world, 60);
      receiveWithoutWebhook(world, 0);
    },
    found: [],
  },
];
