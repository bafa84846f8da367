import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runDoctor } from '../../src/cli/doctor/doctor.js';
import type { Finding } from '../../src/cli/doctor/finding.js';
import { type GreenApiSimulator, startGreenApiSimulator } from '../../simulators/green-api.js';
import { type KavenegarSimulator, startKavenegarSimulator } from '../../simulators/kavenegar.js';
import { type MelipayamakSimulator, startMelipayamakSimulator } from '../../simulators/melipayamak.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { freePort } from '../support/ports.js';
import { type Ended, phonegate, spawnPhonegate } from './run.js';

/** A running gateway, and the part of its environment with database, Redis and URL. */
export interface Service {
  env: Record<string, string>;
  database: TestDatabase;
  gateway: TestGateway;
  /** The variables of its channel `http:smsc`, which has a webhook. */
  httpChannel: Record<string, string>;
  stop(): Promise<void>;
}

/** The set-up of an operator, with an account at each provider. Everything is correct until a test changes it. */
export interface World {
  env: Record<string, string>;
  greenApi: GreenApiSimulator;
  kavenegar: KavenegarSimulator;
  melipayamak: MelipayamakSimulator;
  /** Texts that no command may print, in addition to the secrets of the environment. */
  secrets: string[];
  /** Runs `undo` when the world ends. */
  atTheEnd(undo: () => unknown): void;
  /** Runs a command in this world. Rejects when it prints a secret. */
  phonegate(args: string[]): Promise<Ended>;
  /** The same in a separate process. */
  spawnPhonegate(args: string[]): Promise<Ended>;
  /** The doctor's findings. Rejects if they contain a secret. */
  runDoctor(): Promise<Finding[]>;
  end(): Promise<void>;
}

export const WEBHOOK = '/api/webhooks/greenapi/incoming';
export const INSTANCE = '1101000001';
/**
 * A port on which no server listens. It is below the ports that the system assigns, so no other test listens there
 * later.
 */
export const UNUSED_PORT = '2';
export const UNREACHABLE_URL = `http://127.0.0.1:${UNUSED_PORT}`;
/** The number of the account, as Green API writes it. */
const NUMBER = '77010000001';
const WEBHOOK_TOKEN = 'LVhb29y7UzuTxJ54FdBtrjRX';
const CALLBACK_SECRET = 'qXQmUH3wC6ae2zguxLYjktTA';
export const CLOUD_VERIFY_TOKEN = 'VRcKdAuDtGN76ia5Fbvq29pZ';
export const TELEGRAM_TOKEN = 'AAGinventedTokenOfTelegram';
const HTTP_EXAMPLE = new URL('../../docs/providers/http-channels/smsc.json', import.meta.url);
const GATEWAY_SECRET = 'qb9mZWLCuQGkP67vawpc8gD54iBzTNrsyfYe';

const SECRET_VARIABLES = [
  'GATEWAY_SECRET',
  'GATEWAY_SECRET_PREVIOUS',
  'HEALTH_TOKEN',
  'GREEN_API_TOKEN',
  'GREEN_API_WEBHOOK_TOKEN',
  'KAVENEGAR_API_KEY',
  'KAVENEGAR_CALLBACK_SECRET',
  'MELIPAYAMAK_USERNAME',
  'MELIPAYAMAK_PASSWORD',
  'MELIPAYAMAK_CONSOLE_TOKEN',
  'TELEGRAM_GATEWAY_TOKEN',
  'WHATSAPP_CLOUD_TOKEN',
  'WHATSAPP_CLOUD_APP_SECRET',
  'WHATSAPP_CLOUD_VERIFY_TOKEN',
];

/** Starts a gateway that the Green API simulator reaches at its PUBLIC_URL. */
export async function startService(redisUrl: string): Promise<Service> {
  const database = await createDatabase();
  const port = await freePort();
  const env = {
    NODE_ENV: 'production',
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    DATABASE_URL: database.url,
    REDIS_URL: redisUrl,
    GATEWAY_SECRET,
    GREEN_API_ID_INSTANCE: INSTANCE,
    GREEN_API_WEBHOOK_TOKEN: WEBHOOK_TOKEN,
  };
  const folder = mkdtempSync(join(tmpdir(), 'channels-'));
  const example = readFileSync(HTTP_EXAMPLE, 'utf8').replaceAll('https://smsc.kz', UNREACHABLE_URL);
  writeFileSync(join(folder, 'smsc.json'), example);
  const httpChannel = {
    HTTP_CHANNELS: 'smsc',
    HTTP_CHANNELS_FOLDER: folder,
    HTTP_SECRETS: `smsc.login=shop;smsc.password=pa&ss;smsc.callback=${CALLBACK_SECRET}`,
  };
  const gateway = await startGateway({
    ...env,
    ...httpChannel,
    HOST: '127.0.0.1',
    PORT: `${port}`,
    // Each test runs the doctor, whose large probes use up what one client may cost in a second. An operator runs it once.
    CLIENT_OPERATIONS_PER_SECOND: '2000',
    KAVENEGAR_URL: UNREACHABLE_URL,
    KAVENEGAR_API_KEY: 'InventedKeyOfKavenegar2',
    KAVENEGAR_CALLBACK_SECRET: CALLBACK_SECRET,
    TELEGRAM_GATEWAY_URL: UNREACHABLE_URL,
    TELEGRAM_GATEWAY_TOKEN: TELEGRAM_TOKEN,
    WHATSAPP_CLOUD_URL: UNREACHABLE_URL,
    WHATSAPP_CLOUD_PHONE_NUMBER_ID: '106540352242922',
    WHATSAPP_CLOUD_TOKEN: 'EAAInventedTokenOfMeta',
    WHATSAPP_CLOUD_APP_SECRET: '0f1e2d3c4b5a69788796a5b4c3d2e1f0',
    WHATSAPP_CLOUD_VERIFY_TOKEN: CLOUD_VERIFY_TOKEN,
  });
  return {
    env,
    database,
    gateway,
    httpChannel,
    async stop() {
      await gateway.stop();
      rmSync(folder, { recursive: true });
      await database.drop();
    },
  };
}

export async function createWorld(service: Service): Promise<World> {
  const [greenApi, kavenegar, melipayamak] = await Promise.all([
    startGreenApiSimulator({
      idInstance: INSTANCE,
      token: 'invented_token_of_the_instance',
      limits: false,
      statusDelayMs: 50,
      settings: {
        webhookUrl: `${service.env['PUBLIC_URL']}${WEBHOOK}`,
        webhookUrlToken: WEBHOOK_TOKEN,
        incomingWebhook: 'yes',
        outgoingWebhook: 'yes',
        stateWebhook: 'yes',
      },
    }),
    startKavenegarSimulator({ apiKey: 'InventedKeyOfKavenegar2' }),
    startMelipayamakSimulator({ username: 'invented-user', password: 'invented;password & "more"' }),
  ]);
  Object.assign(kavenegar, { statusDelayMs: 50 });
  Object.assign(melipayamak, { statusDelayMs: 50 });
  const env: Record<string, string> = {
    ...service.env,
    GREEN_API_URL: greenApi.url,
    GREEN_API_TOKEN: greenApi.token,
    WHATSAPP_NUMBER: `+${NUMBER}`,
    KAVENEGAR_URL: kavenegar.url,
    KAVENEGAR_API_KEY: kavenegar.apiKey,
    KAVENEGAR_TEMPLATE: 'myverification',
    KAVENEGAR_CALLBACK_SECRET: CALLBACK_SECRET,
    MELIPAYAMAK_URL: melipayamak.url,
    MELIPAYAMAK_CONSOLE_URL: melipayamak.url,
    MELIPAYAMAK_USERNAME: melipayamak.username,
    MELIPAYAMAK_PASSWORD: melipayamak.password,
    MELIPAYAMAK_BODY_ID: '524',
    SMS_SENDER_NUMBER: '10009000000001',
  };
  const undo: (() => unknown)[] = [() => greenApi.close(), () => kavenegar.close(), () => melipayamak.close()];
  const secrets = [...secretsIn(env), greenApi.token, kavenegar.apiKey, melipayamak.password, melipayamak.consoleToken];
  function refuseSecrets(command: string, output: string): void {
    for (const secret of new Set([...secrets, ...secretsIn(env)])) {
      for (const shown of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]) {
        if (output.includes(shown)) throw new Error(`"${command}" printed the secret ${secret}:\n${output}`);
      }
    }
  }

  async function withoutSecrets(args: string[], running: Promise<Ended>): Promise<Ended> {
    const ended = await running;
    refuseSecrets(args.join(' '), `${ended.stdout}${ended.stderr}`);
    return ended;
  }

  return {
    env,
    greenApi,
    kavenegar,
    melipayamak,
    secrets,
    atTheEnd: (step) => void undo.unshift(step),
    phonegate: (args) => withoutSecrets(args, phonegate(args, { env })),
    spawnPhonegate: (args) => withoutSecrets(args, spawnPhonegate(args, { env })),
    async runDoctor() {
      const findings = await runDoctor({ env });
      refuseSecrets('doctor', JSON.stringify(findings));
      return findings;
    },
    async end() {
      for (const step of undo) await step();
    },
  };
}

/** The values of secret variables, and the passwords in URLs. */
function secretsIn(env: Record<string, string>): string[] {
  const passwords = ['DATABASE_URL', 'REDIS_URL'].map((name) => {
    const url = env[name] ?? '';
    return URL.canParse(url) ? new URL(url).password : '';
  });
  return [...SECRET_VARIABLES.map((name) => env[name] ?? ''), ...passwords].filter((secret) => secret !== '');
}
