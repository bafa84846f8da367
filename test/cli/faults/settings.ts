import { UNUSED_PORT, WEBHOOK } from '../world.js';
import type { Fault } from './fault.js';

const ABOUT = 'settings';

export const SETTINGS: Fault[] = [
  {
    planted: 'a proxy with TLS that is not counted',
    plant({ env, greenApi }) {
      env['PUBLIC_URL'] = `https://127.0.0.1:${UNUSED_PORT}`;
      greenApi.configure({ webhookUrl: `https://127.0.0.1:${UNUSED_PORT}${WEBHOOK}` });
    },
    found: [
      {
        about: ABOUT,
        level: 'warning',
        message: /TRUSTED_PROXY_HOPS is 0: limits count all clients/,
        advice: /number of proxies/,
      },
      { about: 'webhook', message: /does not answer/, advice: /PUBLIC_URL/ },
    ],
  },
  {
    planted: 'codes of five seconds',
    plant: ({ env }) => (env['OTP_TTL_SECONDS'] = '5'),
    found: [{ about: ABOUT, level: 'warning', message: /^OTP_TTL_SECONDS is 5/, advice: /300/ }],
  },
  {
    planted: 'a wait for receipts that is longer than a code is valid',
    plant: ({ env }) => (env['DELIVERY_RECEIPT_TIMEOUT_SECONDS'] = '400'),
    found: [
      {
        about: ABOUT,
        level: 'warning',
        message: /RECEIPT_TIMEOUT_SECONDS is 400, but a code expires after 300 s/,
        advice: /less than/,
      },
    ],
  },
  {
    planted: 'a budget of a second for four channels',
    plant: ({ env }) =>
      Object.assign(env, {
        DELIVERY_BUDGET_SECONDS: '1',
        DELIVERY_ROUTES: 'IR=kavenegar-verify,kavenegar-sms,melipayamak,green-api;*=green-api',
      }),
    found: [
      { about: ABOUT, level: 'warning', message: /^DELIVERY_BUDGET_SECONDS is 1, for a route with 4/, advice: /15/ },
    ],
  },
  {
    planted: 'one channel only',
    plant({ env }) {
      for (const name of Object.keys(env)) if (/^(KAVENEGAR|MELIPAYAMAK|SMS)_/.test(name)) delete env[name];
      Object.assign(env, { ALLOWED_COUNTRIES: 'KZ,KG', DEFAULT_COUNTRIES: 'KZ,KG' });
    },
    found: [{ about: ABOUT, level: 'warning', message: /^green-api is the only channel/, advice: /another provider/ }],
  },
  {
    planted: 'a host for WebOTP that is not ours',
    plant: ({ env }) => (env['SMS_WEBOTP_HOST'] = 'login.example.org'),
    found: [
      {
        about: ABOUT,
        level: 'warning',
        message: /^SMS_WEBOTP_HOST is login\.example\.org/,
        advice: /host of the page/,
      },
    ],
  },
  {
    planted: 'nothing wrong: the host of WebOTP is that of an origin',
    plant: ({ env }) =>
      Object.assign(env, {
        SMS_WEBOTP_HOST: 'app.example.com',
        ALLOWED_ORIGINS: 'https://app.example.com',
        LOGIN_TITLE: 'X',
      }),
    found: [],
  },
  {
    planted: 'a proxy for requests that the gateway does not use',
    plant: ({ env }) => (env['HTTPS_PROXY'] = 'http://proxy.example.com:3128'),
    found: [
      { about: 'configuration', level: 'warning', message: /^HTTPS_PROXY has no effect/, advice: /documentation/ },
    ],
  },
  {
    planted: 'NODE_ENV forgotten on a public address',
    plant({ env }) {
      delete env['NODE_ENV'];
      env['HOST'] = '0.0.0.0';
    },
    found: [{ about: 'configuration', message: /^NODE_ENV must be production/, advice: /does not start/ }],
  },
  {
    planted: 'a variable by its old name',
    plant: ({ env }) => (env['HISTORY_DAYS'] = '30'),
    found: [
      {
        about: 'configuration',
        message: /^HISTORY_DAYS is now called HISTORY_RETENTION_DAYS/,
        advice: /does not start/,
      },
    ],
  },
  {
    planted: 'a secret that can be guessed',
    plant({ env, secrets }) {
      env['GATEWAY_SECRET'] = 'phonegate-secret-password-2026-12345';
      secrets.push('phonegate-secret-password-2026-12345');
    },
    found: [{ about: 'configuration', message: /^GATEWAY_SECRET /, advice: /does not start/ }],
  },
];
