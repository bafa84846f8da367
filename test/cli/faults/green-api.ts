import { UNREACHABLE_URL, type World } from '../world.js';
import { withUnknownAuthority } from './certificates.js';
import type { Fault } from './fault.js';

const ABOUT = 'green-api';
const SET = /phonegate providers webhook set/;

export const GREEN_API: Fault[] = [
  {
    planted: 'a token that was replaced',
    plant: ({ env }) => (env['GREEN_API_TOKEN'] = 'an_old_token_of_the_instance'),
    found: [{ about: ABOUT, message: /refuses the token \(HTTP 401\)/, advice: /Copy GREEN_API_TOKEN/ }],
  },
  {
    planted: 'the number of another instance',
    plant: ({ env }) => (env['GREEN_API_ID_INSTANCE'] = '1101000009'),
    found: [
      {
        about: ABOUT,
        message: /does not know the instance \(HTTP 403\)/,
        advice: /GREEN_API_ID_INSTANCE and GREEN_API_URL/,
      },
    ],
  },
  {
    planted: 'an instance that has expired',
    plant: ({ greenApi }) =>
      (greenApi.fault = {
        status: 400,
        body: '{"message":"Instance account is expired. Renew you instance from personal area"}',
      }),
    found: [{ about: ABOUT, message: /expired/, advice: /Renew the instance/ }],
  },
  {
    planted: 'a URL where no server runs',
    plant: ({ env }) => (env['GREEN_API_URL'] = UNREACHABLE_URL),
    found: [{ about: ABOUT, message: /ECONNREFUSED/, advice: /Check GREEN_API_URL/ }],
  },
  {
    planted: 'the URL of another service',
    plant: ({ greenApi }) =>
      (greenApi.fault = { status: 200, body: '<html>Welcome to nginx</html>', contentType: 'text/html' }),
    found: [{ about: ABOUT, message: /no usable answer/, advice: /Check GREEN_API_URL/ }],
  },
  {
    // The running gateway requests the state too, and both together may do so once a second.
    planted: 'more requests in a second than it accepts',
    plant: ({ greenApi }) => greenApi.faults.set('getstateinstance', { status: 429, body: '' }),
    found: [{ about: ABOUT, message: /429/, advice: /again/ }],
  },
  {
    planted: 'an instance that is signed out',
    plant: ({ greenApi }) => greenApi.setState('notAuthorized'),
    found: [{ about: ABOUT, message: /signed out of WhatsApp/, advice: /Scan its QR code/ }],
  },
  ...(['blocked', 'suspended'] as const).map((state) => ({
    planted: `an account that is ${state}`,
    plant: ({ greenApi }: World) => greenApi.setState(state),
    found: [{ about: ABOUT, message: new RegExp(`WhatsApp has .* the account \\(${state}\\)`), advice: /console/ }],
  })),
  {
    planted: 'an instance that is being created',
    plant: ({ greenApi }) => greenApi.setState(null),
    found: [{ about: ABOUT, message: /not ready \(null\)/, advice: /Wait five minutes/ }],
  },
  {
    planted: 'the number of another account',
    plant: ({ env }) => (env['WHATSAPP_NUMBER'] = '+77010000009'),
    found: [
      {
        about: ABOUT,
        message: /WHATSAPP_NUMBER is not the number of the instance/,
        advice: /number in the Green API console/,
      },
    ],
  },
  {
    planted: 'nothing wrong: no WHATSAPP_NUMBER, because the gateway takes that of the account',
    plant: ({ env }) => delete env['WHATSAPP_NUMBER'],
    found: [],
  },
  {
    planted: 'a certificate of an unknown authority',
    plant: withUnknownAuthority,
    found: [
      { about: ABOUT, message: /TLS certificate is of an unknown authority \(\w+\)/, advice: /NODE_EXTRA_CA_CERTS/ },
    ],
  },
  {
    planted: 'a host that DNS does not know',
    plant: ({ env }) => (env['GREEN_API_URL'] = 'https://phonegate.invalid'),
    found: [
      {
        about: ABOUT,
        message: /name of its host is not found \(DNS\)/,
        advice: /host in GREEN_API_URL, and the name servers/,
      },
      { about: 'webhook', message: /which Green API cannot reach/, advice: /public URL/ },
    ],
  },
  {
    planted: 'an instance of another messenger',
    plant: ({ greenApi }) =>
      greenApi.faults.set('getsettings', { status: 200, body: JSON.stringify({ typeInstance: 'telegram' }) }),
    found: [
      { about: ABOUT, message: /another messenger \(typeInstance "telegram"\)/, advice: /instance for WhatsApp/ },
    ],
  },
  {
    planted: 'a URL without TLS',
    // The same machine, in a spelling that does not look local.
    plant: ({ env }) => (env['GREEN_API_URL'] = env['GREEN_API_URL']?.replace('127.0.0.1', '[::ffff:127.0.0.1]') ?? ''),
    found: [
      { about: ABOUT, level: 'warning', message: /GREEN_API_URL is not https/, advice: /https:/ },
      { about: 'webhook', message: /which Green API cannot reach/, advice: /public URL/ },
    ],
  },
  {
    planted: 'webhooks to another URL',
    plant: ({ greenApi }) => greenApi.configure({ webhookUrl: 'https://other.example.com/api/webhooks' }),
    found: [
      { about: ABOUT, message: /webhookUrl is "https:\/\/other\.example\.com\S*" instead of "http:/, advice: SET },
    ],
  },
  {
    planted: 'webhooks to no URL',
    plant: ({ greenApi }) => greenApi.configure({ webhookUrl: '' }),
    found: [{ about: ABOUT, message: /webhookUrl is "" instead of "http:/, advice: SET }],
  },
  {
    planted: 'webhooks with another token',
    plant({ greenApi, secrets }) {
      greenApi.configure({ webhookUrlToken: 'an-older-token-of-the-webhook' });
      secrets.push('an-older-token-of-the-webhook');
    },
    found: [
      { about: ABOUT, message: /webhookUrlToken is "another one" instead of GREEN_API_WEBHOOK_TOKEN/, advice: SET },
    ],
  },
  {
    planted: 'notifications by webhook switched off',
    plant: ({ greenApi }) => greenApi.configure({ incomingWebhook: 'no', outgoingWebhook: 'no', stateWebhook: 'no' }),
    found: [
      { about: ABOUT, message: /incomingWebhook is "no" instead of "yes": login messages do not arrive/, advice: SET },
      { about: ABOUT, message: /outgoingWebhook is "no" instead of "yes": .* whether a code arrived/, advice: SET },
      { about: ABOUT, message: /stateWebhook is "no" instead of "yes": .* signed out/, advice: SET },
    ],
  },
  {
    planted: 'phones hidden behind lids',
    plant: ({ greenApi }) => greenApi.configure({ enableLidMode: 'yes' }),
    found: [{ about: ABOUT, message: /enableLidMode is "yes" instead of "no": it hides the phones/, advice: SET }],
  },
  {
    planted: 'settings that only cost traffic or time',
    plant: ({ greenApi }) =>
      greenApi.configure({
        outgoingMessageWebhook: 'yes',
        outgoingAPIMessageWebhook: 'yes',
        delaySendMessagesMilliseconds: 2_000,
      }),
    found: [
      /outgoingMessageWebhook is "yes" instead of "no"/,
      /outgoingAPIMessageWebhook is "yes" instead of "no"/,
      /delaySendMessagesMilliseconds is "2000" instead of "500"/,
    ].map((message) => ({ about: ABOUT, level: 'warning', message, advice: SET })),
  },
  {
    planted: 'settings that cannot be read',
    plant: ({ greenApi }) => greenApi.faults.set('getsettings', { status: 429, body: '' }),
    found: [{ about: ABOUT, level: 'warning', message: /settings cannot be read/, advice: /again/ }],
  },
  {
    planted: 'a long queue of messages',
    async plant({ greenApi, secrets }) {
      for (let count = 0; count < 40; count += 1)
        await fetch(`${greenApi.url}/waInstance${greenApi.idInstance}/sendMessage/${greenApi.token}`, {
          method: 'POST',
          body: JSON.stringify({ chatId: '77010000002@c.us', message: 'Code 135792' }),
        });
      secrets.push('135792', '77010000002');
    },
    found: [
      {
        about: ABOUT,
        level: 'warning',
        message: /^\d\d messages wait to be sent$/,
        advice: /clear the queue in the Green API console/,
      },
    ],
  },
];
