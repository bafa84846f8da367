import { serve } from '../../../simulators/serve.js';
import { TELEGRAM_TOKEN, UNREACHABLE_URL, WEBHOOK, type World } from '../world.js';
import type { Fault } from './fault.js';
import { behindAProxy } from './proxy.js';

const ABOUT = 'public url';

/** Users get codes by SMS only. */
function withoutWhatsApp({ env }: World): void {
  for (const name of ['GREEN_API_ID_INSTANCE', 'GREEN_API_TOKEN', 'GREEN_API_WEBHOOK_TOKEN', 'WHATSAPP_NUMBER'])
    delete env[name];
  Object.assign(env, { ALLOWED_COUNTRIES: 'IR', DEFAULT_COUNTRIES: 'IR' });
}
const NO_WHATSAPP = {
  about: 'configuration',
  level: 'warning',
  message: /users cannot sign in by WhatsApp/,
  advice: /documentation/,
} as const;

export const PUBLIC_URL: Fault[] = [
  {
    planted: 'an application that answers every request with 200',
    async plant(world) {
      const application = await serve((_, __, response) => void response.writeHead(200).end('<!doctype html>'));
      world.atTheEnd(() => application.close());
      world.env['PUBLIC_URL'] = application.url;
      world.greenApi.configure({ webhookUrl: `${application.url}${WEBHOOK}` });
    },
    found: [
      {
        about: ABOUT,
        message: /another server than the gateway answers at \S+live \(HTTP 200\)/,
        advice: /PUBLIC_URL/,
      },
    ],
  },
  {
    planted: 'a URL where no server runs, without WhatsApp',
    plant(world) {
      withoutWhatsApp(world);
      world.env['PUBLIC_URL'] = UNREACHABLE_URL;
    },
    found: [
      NO_WHATSAPP,
      { about: ABOUT, message: /cannot be reached: it does not answer/, advice: /Start the gateway/ },
    ],
  },
  {
    planted: 'a name that DNS does not know',
    plant(world) {
      withoutWhatsApp(world);
      world.env['PUBLIC_URL'] = 'http://phonegate.invalid';
    },
    found: [
      NO_WHATSAPP,
      { about: 'configuration', level: 'warning', message: /^PUBLIC_URL is not https/, advice: /documentation/ },
      { about: ABOUT, message: /name of its host is not found \(DNS\)/, advice: /host in PUBLIC_URL.*name servers/ },
    ],
  },
  {
    planted: 'a proxy that takes no WebSocket',
    plant: (world, service) => behindAProxy(world, service, { withoutUpgrade: true }),
    found: [
      { about: ABOUT, level: 'warning', message: /\/graphql opens no WebSocket/, advice: /Upgrade and Connection/ },
    ],
  },
  {
    planted: 'a proxy that limits request bodies to a megabyte',
    plant: (world, service) => behindAProxy(world, service, { maxBodyBytes: 1024 * 1024 }),
    found: [{ about: ABOUT, message: /webhook of 2 MB is not accepted \(HTTP 413\)/, advice: /client_max_body_size/ }],
  },
  {
    planted: 'a proxy that hides the keys',
    plant: (world, service) => behindAProxy(world, service, { hides: '/.well-known' }),
    found: [
      {
        about: ABOUT,
        message: /jwks\.json does not show the keys of the gateway \(HTTP 404\)/,
        advice: /proxy pass this path/,
      },
    ],
  },
  {
    planted: 'a proxy that hides the status callback of Kavenegar',
    plant: (world, service) => behindAProxy(world, service, { hides: '/api/webhooks/kavenegar' }),
    found: [
      {
        about: 'kavenegar',
        message: /status callback \S+… is not accepted \(HTTP 404\)/,
        advice: /proxy pass this path/,
      },
    ],
  },
  {
    planted: 'a proxy that hides the webhook of an HTTP channel, the only channel',
    async plant(world, service) {
      withoutWhatsApp(world);
      for (const name of Object.keys(world.env)) if (/^(KAVENEGAR|MELIPAYAMAK|SMS)_/.test(name)) delete world.env[name];
      Object.assign(world.env, service.httpChannel, { DELIVERY_ROUTES: 'KZ=http:smsc' });
      Object.assign(world.env, { ALLOWED_COUNTRIES: 'KZ', DEFAULT_COUNTRIES: 'KZ' });
      await behindAProxy(world, service, { hides: '/api/webhooks/' });
    },
    found: [
      NO_WHATSAPP,
      { about: 'settings', level: 'warning', message: /is the only channel/, advice: /another provider/ },
      { about: 'http:smsc', message: /its account cannot be read/, advice: /reach the provider/ },
      {
        about: 'http:smsc',
        message: /^its webhook \S+\/api\/webhooks\/http\/smsc\/… is not accepted \(HTTP 404\)$/,
        advice: /proxy pass this path on/,
      },
    ],
  },
  {
    planted: 'a proxy that hides the webhook of Telegram',
    async plant(world, service) {
      world.env['TELEGRAM_GATEWAY_TOKEN'] = TELEGRAM_TOKEN;
      world.env['TELEGRAM_GATEWAY_URL'] = UNREACHABLE_URL;
      world.env['DELIVERY_ROUTES'] = 'IR=kavenegar-verify,kavenegar-sms,melipayamak;*=green-api,telegram-gateway';
      await behindAProxy(world, service, { hides: '/api/webhooks/telegram-gateway' });
    },
    found: [
      { about: 'telegram-gateway', message: /no usable answer/, advice: /TELEGRAM_GATEWAY_URL/ },
      {
        about: 'telegram-gateway',
        message: /^its webhook \S+\/telegram-gateway\/status is not accepted \(HTTP 404\)$/,
        advice: /proxy pass this path on.*TELEGRAM_GATEWAY_TOKEN/,
      },
    ],
  },
  {
    planted: 'nothing wrong: a proxy that passes everything on',
    plant: (world, service) => behindAProxy(world, service, {}),
    found: [],
  },
];
