import { UNUSED_PORT, WEBHOOK } from '../world.js';
import type { Fault } from './fault.js';

const ABOUT = 'configuration';
const advice = /gateway does not start/;

export const CONFIGURATION: Fault[] = [
  {
    planted: 'several mistakes at once',
    plant({ env }) {
      Object.assign(env, { OTP_LENGTH: '9', SIGN_UP: 'perhaps', DELIVERY_ROUTES: 'KZ=pigeon' });
      delete env['MELIPAYAMAK_USERNAME'];
    },
    found: [
      { about: ABOUT, message: /^MELIPAYAMAK_USERNAME is missing: MELIPAYAMAK_PASSWORD needs it$/, advice },
      { about: ABOUT, message: /^OTP_LENGTH must be a whole number from 6 to 8$/, advice },
      { about: ABOUT, message: /^SIGN_UP must be one of open, closed$/, advice },
      { about: ABOUT, message: /^DELIVERY_ROUTES "pigeon" is not a channel/, advice },
    ],
  },
  {
    planted: 'production without a GATEWAY_SECRET',
    plant: ({ env }) => delete env['GATEWAY_SECRET'],
    found: [{ about: ABOUT, message: /^GATEWAY_SECRET is missing: .*openssl/, advice }],
  },
  {
    planted: 'a GATEWAY_SECRET that is too short',
    plant({ env, secrets }) {
      env['GATEWAY_SECRET'] = 'hunter2-not-to-be-shown';
      secrets.push('hunter2-not-to-be-shown');
    },
    found: [{ about: ABOUT, message: /^GATEWAY_SECRET must have at least 32 characters/, advice }],
  },
  {
    planted: 'a misspelt variable',
    plant({ env, secrets }) {
      env['OTP_LENGHT'] = 'hunter2-not-to-be-shown';
      secrets.push('hunter2-not-to-be-shown');
    },
    found: [
      {
        about: ABOUT,
        level: 'warning',
        message: /^OTP_LENGHT .*: did you mean OTP_LENGTH\?$/,
        advice: /documentation/,
      },
    ],
  },
  {
    planted: 'a misspelt secret, without which the gateway does not start',
    plant({ env }) {
      env['GATEWAY_SECERT'] = `${env['GATEWAY_SECRET']}`;
      delete env['GATEWAY_SECRET'];
    },
    found: [
      { about: ABOUT, message: /^GATEWAY_SECRET is missing/, advice },
      {
        about: ABOUT,
        level: 'warning',
        message: /^GATEWAY_SECERT .*: did you mean GATEWAY_SECRET\?$/,
        advice: /documentation/,
      },
    ],
  },
  {
    planted: 'a weak token for the webhook',
    plant: ({ env }) => (env['GREEN_API_WEBHOOK_TOKEN'] = 'x'.repeat(20)),
    found: [{ about: ABOUT, message: /^GREEN_API_WEBHOOK_TOKEN must have at least 6 different characters/, advice }],
  },
  {
    planted: 'NODE_ENV=prod',
    plant: ({ env }) => (env['NODE_ENV'] = 'prod'),
    found: [
      { about: ABOUT, message: /^NODE_ENV must be production, exactly that word: "prod" is another word/, advice },
    ],
  },
  {
    planted: 'a Green API token without its instance',
    plant({ env }) {
      delete env['GREEN_API_ID_INSTANCE'];
      delete env['GREEN_API_WEBHOOK_TOKEN'];
      env['ALLOWED_COUNTRIES'] = 'IR';
    },
    found: [
      { about: ABOUT, message: /^GREEN_API_ID_INSTANCE is missing: GREEN_API_TOKEN needs it/, advice },
      { about: ABOUT, level: 'warning', message: /users cannot sign in by WhatsApp/, advice: /documentation/ },
    ],
  },
  {
    planted: 'an instance without a token for its webhook, in production',
    plant: ({ env }) => delete env['GREEN_API_WEBHOOK_TOKEN'],
    found: [
      { about: ABOUT, message: /^GREEN_API_WEBHOOK_TOKEN is missing: .*anyone could sign in/, advice },
      { about: 'webhook', message: /refuses GREEN_API_WEBHOOK_TOKEN/, advice: /restart it with this one/ },
    ],
  },
  {
    planted: 'a Kavenegar template without a key',
    plant: ({ env }) => delete env['KAVENEGAR_API_KEY'],
    found: [{ about: ABOUT, message: /^KAVENEGAR_API_KEY is missing: .*KAVENEGAR_TEMPLATE/, advice }],
  },
  {
    planted: 'half of the credentials of Kavenegar, with STRICT_CHANNELS=off',
    plant({ env }) {
      delete env['KAVENEGAR_API_KEY'];
      env['STRICT_CHANNELS'] = 'off';
    },
    found: [
      {
        about: ABOUT,
        level: 'warning',
        message: /^STRICT_CHANNELS is off, so the gateway runs without Kavenegar: KAVENEGAR_API_KEY is missing/,
        advice: /documentation/,
      },
    ],
  },
  {
    planted: 'a Melipayamak user without a password',
    plant: ({ env }) => delete env['MELIPAYAMAK_PASSWORD'],
    found: [{ about: ABOUT, message: /^MELIPAYAMAK_PASSWORD is missing: MELIPAYAMAK_USERNAME needs it/, advice }],
  },
  {
    planted: 'the console channel in production',
    plant: ({ env }) =>
      Object.assign(env, {
        DELIVERY_ROUTES: '*=green-api,kavenegar-verify,melipayamak,console',
        MESSAGE_PRICES_USD: 'kavenegar-verify=0.1',
      }),
    found: [
      { about: ABOUT, message: /^DELIVERY_ROUTES contains the console channel/, advice },
      { about: 'route *', message: /names console, which is not configured/, advice: /development/ },
    ],
  },
  {
    planted: 'no PUBLIC_URL in production',
    plant: ({ env, greenApi }) => {
      delete env['PUBLIC_URL'];
      env['PORT'] = UNUSED_PORT;
      greenApi.configure({ webhookUrl: `http://localhost:${UNUSED_PORT}${WEBHOOK}` });
    },
    found: [
      { about: ABOUT, level: 'warning', message: /^PUBLIC_URL is http:\/\/localhost:/, advice: /documentation/ },
      { about: 'webhook', message: /localhost:2\/\S* does not answer/, advice: /PUBLIC_URL/ },
    ],
  },
];
