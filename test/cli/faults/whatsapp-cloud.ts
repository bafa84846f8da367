import { type WhatsAppCloudSimulator, startWhatsAppCloudSimulator } from '../../../simulators/whatsapp-cloud.js';
import { CLOUD_VERIFY_TOKEN, type World } from '../world.js';
import type { Fault } from './fault.js';
import { behindAProxy } from './proxy.js';

/** Adds the Cloud API, with the webhook of the gateway. */
export async function withCloud({ env, atTheEnd }: World): Promise<WhatsAppCloudSimulator> {
  const meta = await startWhatsAppCloudSimulator();
  atTheEnd(() => meta.close());
  Object.assign(env, {
    WHATSAPP_CLOUD_URL: meta.url,
    WHATSAPP_CLOUD_PHONE_NUMBER_ID: meta.phoneNumberId,
    WHATSAPP_CLOUD_BUSINESS_ID: meta.businessId,
    WHATSAPP_CLOUD_TOKEN: meta.token,
    WHATSAPP_CLOUD_APP_SECRET: meta.appSecret,
    WHATSAPP_CLOUD_VERIFY_TOKEN: CLOUD_VERIFY_TOKEN,
  });
  return meta;
}

/** Users write to the Cloud API, because there is no Green API. */
async function withCloudAlone(world: World): Promise<void> {
  await withCloud(world);
  for (const name of [
    'GREEN_API_ID_INSTANCE',
    'GREEN_API_TOKEN',
    'GREEN_API_WEBHOOK_TOKEN',
    'KAVENEGAR_CALLBACK_SECRET',
  ])
    delete world.env[name];
  Object.assign(world.env, {
    DELIVERY_ROUTES: 'IR=kavenegar-verify,kavenegar-sms,melipayamak;*=whatsapp-cloud',
    MESSAGE_PRICES_USD: 'whatsapp-cloud=0.02',
  });
}

export const WHATSAPP_CLOUD: Fault[] = [
  {
    planted: 'nothing wrong: the Cloud API without Green API, behind a proxy that passes everything on',
    async plant(world, service) {
      await withCloudAlone(world);
      await behindAProxy(world, service, {});
    },
    found: [],
  },
  {
    planted: 'nothing wrong: no WHATSAPP_NUMBER, because the gateway takes that of the account',
    async plant(world) {
      await withCloudAlone(world);
      delete world.env['WHATSAPP_NUMBER'];
    },
    found: [],
  },
  {
    planted: 'the number of another account',
    async plant(world) {
      await withCloudAlone(world);
      world.env['WHATSAPP_NUMBER'] = '+77010000009';
    },
    found: [
      {
        about: 'whatsapp-cloud',
        message: /^WHATSAPP_NUMBER is not the number of the account at Meta/,
        advice: /Remove it, or set it to the number/,
      },
    ],
  },
  {
    planted: 'a proxy that hides webhooks',
    async plant(world, service) {
      await withCloudAlone(world);
      await behindAProxy(world, service, { hides: '/api/webhooks/' });
    },
    found: [
      {
        about: 'whatsapp-cloud',
        message: /^its webhook http\S+\/api\/webhooks\/whatsapp-cloud is not accepted \(HTTP 404\)$/,
        advice: /proxy pass this path on.*WHATSAPP_CLOUD_APP_SECRET/,
      },
    ],
  },
  {
    planted: 'a gateway with another app secret',
    async plant(world) {
      await withCloudAlone(world);
      world.env['WHATSAPP_CLOUD_APP_SECRET'] = '0f1e2d3c4b5a69788796a5b4c3d2e1ff';
    },
    found: [
      {
        about: 'whatsapp-cloud',
        message: /is not accepted \(HTTP 401\)$/,
        advice: /another WHATSAPP_CLOUD_APP_SECRET/,
      },
    ],
  },
  {
    planted: 'a proxy that limits request bodies to a megabyte',
    async plant(world, service) {
      await withCloudAlone(world);
      await behindAProxy(world, service, { maxBodyBytes: 1024 * 1024 });
    },
    found: [
      {
        about: 'public url',
        message: /^a webhook of 3 MB is not accepted \(HTTP 413\): Meta reports on many messages at once/,
        advice: /client_max_body_size/,
      },
    ],
  },
];
