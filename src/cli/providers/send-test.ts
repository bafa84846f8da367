import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ChannelName, Config } from '../../config/config.js';
import type { Channel, Receipt } from '../../delivery/channels/channel.js';
import type { GreenApi } from '../../delivery/channels/green-api/client.js';
import { receiptOf } from '../../delivery/channels/green-api/results.js';
import { isFailed } from '../../delivery/channels/http.js';
import { countSegments } from '../../delivery/templates/segments.js';
import { routeFor } from '../../delivery/send/route.js';
import { StartupError } from '../../startup-error.js';
import { maskPhone } from '../../phone/mask-phone.js';
import { parsePhone } from '../../phone/parse-phone.js';
import { createProviders } from '../create-providers.js';
import { type Show, showingExchange } from './trace-http.js';

const SEND_TIMEOUT_MS = 15_000;
/** How long a receipt is waited for, and how often it is asked for. */
const FOLLOW_MS = 60_000;
const FOLLOW_EVERY_MS = 2_000;

const MESSAGE = z.object({ statusMessage: z.string() });

/**
 * Sends a message that is no code to a phone of the operator's, by one channel, and shows all of it: the exchange with
 * the provider, its secrets taken out, and then the receipt.
 *
 * @returns whether the provider took it.
 */
export async function sendTest(
  wanted: { phone: string; channel: string | undefined },
  config: Config,
  show: Show,
  follow = { forMs: FOLLOW_MS, everyMs: FOLLOW_EVERY_MS },
): Promise<boolean> {
  const phone = parsePhone(wanted.phone, config.defaultCountries);
  if (typeof phone === 'string')
    throw new StartupError(`${wanted.phone} is not a mobile number; write it as +77010000002.`);
  const { channels, greenApi } = createProviders(config);
  const channel = pick(channels, routeFor(phone.country, config.delivery.routes, channels), wanted.channel);
  if (!channel.serves(phone.country))
    throw new StartupError(`The channel ${channel.name} does not reach ${phone.country ?? 'this phone'}.`);
  const code = String(randomInt(10 ** config.otp.length)).padStart(config.otp.length, '0');
  const message = {
    deliveryId: randomUUID(),
    attemptId: randomUUID(),
    phone: phone.e164,
    code,
    text: `${code}: a test of Phonegate, this code opens nothing`,
    providerTemplate: undefined,
  };
  const { encoding, units, segments } = countSegments(message.text);
  show(`${channel.name} → ${maskPhone(phone.e164)} (our text: ${encoding}, ${units} units, ${segments} SMS)`);
  return showingExchange(secretsOf(config, phone.e164, code), show, async () => {
    const result = await channel.send(message, AbortSignal.timeout(SEND_TIMEOUT_MS));
    if (result.outcome === 'failed') {
      show(`Refused: ${result.failure} (${result.detail}).`);
      return false;
    }
    show(`Taken${result.providerId ? `, id ${result.providerId}` : ''}.`);
    if (result.providerId && channel.hasReceipts)
      await followReceipt(channel, greenApi, { ...message, id: result.providerId }, show, follow);
    return true;
  });
}

function pick(channels: Channel[], route: ChannelName[], wanted: string | undefined): Channel {
  const channel = channels.find(({ name }) => name === (wanted ?? route[0]));
  if (channel) return channel;
  const names = channels.map(({ name }) => name).join(', ') || 'none';
  throw new StartupError(
    wanted
      ? `The channel ${wanted} is not configured; there are: ${names}.`
      : `No channel reaches this phone; configured: ${names}.`,
  );
}

async function followReceipt(
  channel: Channel,
  greenApi: GreenApi | undefined,
  message: { id: string; phone: string },
  show: Show,
  { forMs, everyMs }: { forMs: number; everyMs: number },
): Promise<void> {
  const until = Date.now() + forMs;
  let last = '';
  while (Date.now() < until) {
    await sleep(everyMs);
    const receipt = await readReceipt(channel, greenApi, message);
    if (!receipt || receipt.status === last) continue;
    last = receipt.status;
    show(`${last}${receipt.detail ? ` (${receipt.detail})` : ''}`);
    if (last !== 'ACCEPTED' && last !== 'SENT') return;
  }
  show(`No receipt after ${Math.round(forMs / 1000)} s: it may still arrive.`);
}

/** Green API tells the gateway by webhook; a command can only ask for the message. */
async function readReceipt(
  channel: Channel,
  greenApi: GreenApi | undefined,
  { id, phone }: { id: string; phone: string },
): Promise<Receipt | undefined> {
  if (channel.receiptsOf) return (await channel.receiptsOf([id])).get(id);
  const asked = { chatId: `${phone.slice(1)}@c.us`, idMessage: id };
  const answer = await greenApi?.call('getMessage', asked, AbortSignal.timeout(SEND_TIMEOUT_MS));
  if (!answer || isFailed(answer)) return undefined;
  return receiptOf(MESSAGE.safeParse(answer.body).data?.statusMessage ?? '');
}

function secretsOf({ greenApi, kavenegar, melipayamak }: Config, phone: string, code: string): string[] {
  const credentials = [
    greenApi.token,
    kavenegar.apiKey,
    melipayamak.password,
    melipayamak.username,
    melipayamak.consoleToken,
  ];
  return [...credentials.filter((one) => one !== undefined), code, phone, phone.slice(1), phone.slice(3)];
}
