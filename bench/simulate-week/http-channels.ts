import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../simulators/clock.js';
import { SMS_BY_HTTP_KEY, type SentSms, startSmsByHttpSimulator } from '../../simulators/sms-by-http.js';

const EXAMPLES = new URL('../../docs/providers/http-channels/', import.meta.url);
/** What the provider calls a message that is on its way, and one that the phone has shown. */
const STATUSES = { mobizon: { sent: 'ACCEPTD', delivered: 'DELIVRD' }, smspro: { sent: '1', delivered: '3' } };
const STATUS_DELAY_MS = 4_000;

type HttpProvider = keyof typeof STATUSES;
export type HttpChannels = Awaited<ReturnType<typeof startHttpChannels>>;

/** The second SMS provider of Kazakhstan and that of Kyrgyzstan, by the files of docs/providers/http-channels. */
export async function startHttpChannels({
  clock,
  onMessage,
  isReported,
}: {
  clock: Clock;
  onMessage(channel: `http:${HttpProvider}`, message: SentSms): void;
  /** Whether the provider reports that the phone has shown the message. */
  isReported(provider: HttpProvider, phone: string): boolean;
}) {
  const folder = mkdtempSync(join(tmpdir(), 'phonegate-week-channels-'));
  async function start(name: HttpProvider) {
    const { sent, delivered } = STATUSES[name];
    const simulator = await startSmsByHttpSimulator({
      clock,
      onMessage: (message) => onMessage(`http:${name}`, message),
      statusDelayMs: STATUS_DELAY_MS,
      finalStatus: (phone) => (isReported(name, phone) ? delivered : sent),
    });
    const definition = readFileSync(new URL(`${name}.json`, EXAMPLES), 'utf8');
    writeFileSync(join(folder, `${name}.json`), definition.replaceAll(/https:\/\/[a-z.]+(?=\/)/g, simulator.url));
    return simulator;
  }
  return {
    simulators: { mobizon: await start('mobizon'), smspro: await start('smspro') },
    env: {
      HTTP_CHANNELS: 'mobizon,smspro',
      HTTP_CHANNELS_FOLDER: folder,
      HTTP_SECRETS: `mobizon.apiKey=${SMS_BY_HTTP_KEY};smspro.login=shop;smspro.password=pa&ss;smspro.sender=SHOP`,
    },
    removeFolder: () => rmSync(folder, { recursive: true }),
  };
}
