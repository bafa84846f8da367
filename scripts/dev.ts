// `npm run dev`: runs the gateway from its sources, and restarts it when they change. All providers are simulators on this
// machine: they accept messages, print them to this terminal as phones would show them, and report receipts. No account is
// needed. Environment variables take precedence, so that one provider can be the real one (with ALLOW_UNSAFE_DEVELOPMENT=on).
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { startGreenApiSimulator } from '../simulators/green-api.js';
import { startKavenegarSimulator } from '../simulators/kavenegar.js';
import { startMelipayamakSimulator } from '../simulators/melipayamak.js';
import { loadEnvFile } from '../src/config/env-file.js';

loadEnvFile();
const port = process.env['PORT'] ?? '4000';
const publicUrl = process.env['PUBLIC_URL'] ?? `http://localhost:${port}`;
const webhookToken = randomBytes(24).toString('hex');

const printMessage = ({ by, phone, text }: { by: string; phone: string; text: string }) =>
  process.stdout.write(`\n  📱 ${phone} (${by})\n     ${text.replaceAll('\n', '\n     ')}\n\n`);

/** On its usual port, or on a free one where another program uses that, such as another `npm run dev`. */
async function startOn<T>(port: number, start: (port: number) => Promise<T>): Promise<T> {
  return start(port).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    return start(0);
  });
}

const greenApi = await startOn(4101, (port) =>
  startGreenApiSimulator({
    port,
    onMessage: ({ chatId, message }) =>
      printMessage({ by: 'WhatsApp', phone: `+${chatId.replace(/@.*/, '')}`, text: message }),
  }),
);
const kavenegar = await startOn(4102, (port) =>
  startKavenegarSimulator({
    port,
    onMessage: ({ receptor, message }) => printMessage({ by: 'SMS, Kavenegar', phone: receptor, text: message }),
  }),
);
const melipayamak = await startOn(4103, (port) =>
  startMelipayamakSimulator({
    port,
    onMessage: ({ to, text }) => printMessage({ by: 'SMS, Melipayamak', phone: to, text }),
  }),
);
kavenegar.templates.set('login', { text: 'کد ورود شما: %token', approved: true });
greenApi.configure({
  webhookUrl: `${publicUrl}/api/webhooks/greenapi/incoming`,
  webhookUrlToken: webhookToken,
  incomingWebhook: 'yes',
  outgoingWebhook: 'yes',
  stateWebhook: 'yes',
  delaySendMessagesMilliseconds: 500,
});

const simulated = {
  GREEN_API_URL: greenApi.url,
  GREEN_API_ID_INSTANCE: greenApi.idInstance,
  GREEN_API_TOKEN: greenApi.token,
  GREEN_API_WEBHOOK_TOKEN: webhookToken,
  KAVENEGAR_URL: kavenegar.url,
  KAVENEGAR_API_KEY: kavenegar.apiKey,
  KAVENEGAR_TEMPLATE: 'login',
  MELIPAYAMAK_URL: melipayamak.url,
  MELIPAYAMAK_USERNAME: melipayamak.username,
  MELIPAYAMAK_PASSWORD: melipayamak.password,
  MELIPAYAMAK_BODY_ID: '524',
};
// If one variable of a provider is set, the provider is the real one and gets none of the simulator's variables.
for (const prefix of ['GREEN_API_', 'KAVENEGAR_', 'MELIPAYAMAK_']) {
  const isReal = Object.keys(process.env).some(
    (name) => name.startsWith(prefix) && !name.startsWith('GREEN_API_MAX_'), // another account
  );
  for (const [name, value] of Object.entries(simulated))
    if (name.startsWith(prefix) && !isReal) process.env[name] = value;
}
process.env['PUBLIC_URL'] ??= publicUrl;
// A real Green API account has its own number.
if (process.env['GREEN_API_URL'] === greenApi.url) process.env['WHATSAPP_NUMBER'] ??= greenApi.wid.replace(/@.*/, '');

await import('../src/main.js');
// Written when the gateway is ready, so that a start that fails does not overwrite the file of a running one.
// The command line runs in another process and reads these variables from the file.
mkdirSync('.data', { recursive: true });
const names = ['PUBLIC_URL', 'WHATSAPP_NUMBER', ...Object.keys(simulated)];
writeFileSync('.data/dev.env', names.map((name) => `${name}='${process.env[name] ?? ''}'\n`).join(''), { mode: 0o600 });
process.stdout.write(
  [
    'Simulated providers: codes for Iran are sent by SMS, all others by WhatsApp. They appear in this terminal.',
    `  Write to the gateway from a phone:  curl ${greenApi.url}/_receive -d '{"from": "77010000002", "text": "AMT LOGIN <attemptId>"}'`,
    '  In another terminal:  set -a; . .data/dev.env; set +a; npx phonegate doctor',
    `  Green API ${greenApi.url}   Kavenegar ${kavenegar.url}   Melipayamak ${melipayamak.url}`,
    '',
    '',
  ].join('\n'),
);
