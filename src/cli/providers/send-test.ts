import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ChannelName, Config } from '../../config/config.js';
import type { Channel, Receipt } from '../../delivery/channels/channel.js';
import type { GreenApi } from '../../delivery/channels/green-api/client.js';
import { receiptOf } from '../../delivery/channels/green-api/results.js';
import { isFailed } from '../../delivery/channels/http.js';
import { countSegments } from '../../delivery/channels/segments.js';
import { routeFor } from '../../config/route.js';
import { StartupError } from '../../startup-error.js';
import { maskPhone } from '../../phone/mask-phone.js';
import { parsePhone } from '../../phone/parse-phone.js';
import { createProviders } from '../create-providers.js';
import { secretsIn } from './config-secrets.js';
import type { Polling } from './polling.js';
import { traceHttp } from './trace-http.js';

const SEND_TIMEOUT_MS = 15_000;
/** Until the final delivery status. */
const DEFAULT_POLLING: Polling = { forMs: 60_000, everyMs: 2_000 };

const MESSAGE = z.object({ statusMessage: z.string() });

export interface SendTestInput {
  /** In any spelling. */
  phone: string;
  /** Undefined: the first channel of the phone's route. */
  channel: string | undefined;
}

interface SendTestDeps {
  config: Config;
  printLine: (line: string) => void;
  polling?: Polling | undefined;
}

/**
 * Sends a message that opens nothing to a phone of the operator's by one channel, and prints the exchange with the provider,
 * without secrets, and the delivery status.
 *
 * @returns whether the provider accepted the message.
 * @throws StartupError where the phone is no mobile number, or no channel reaches it
 */
export async function sendTest(input: SendTestInput, deps: SendTestDeps): Promise<boolean> {
  const { config, printLine } = deps;
  const phone = parsePhone(input.phone, config.defaultCountries);
  if (typeof phone === 'string')
    throw new StartupError(`${input.phone} is not a mobile number; write it as +77010000002.`);
  const { channels, greenApi } = createProviders(config);
  const channel = pickChannel(channels, routeFor(phone.country, config.delivery.routes, channels), input.channel);
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
  printLine(`${channel.name} → ${maskPhone(phone.e164)} (our text: ${encoding}, ${units} units, ${segments} SMS)`);

  const send = async (): Promise<boolean> => {
    const result = await channel.send(message, AbortSignal.timeout(SEND_TIMEOUT_MS));
    if (result.outcome === 'failed') {
      printLine(`Refused: ${result.failure} (${result.detail}).`);
      return false;
    }
    const { providerId } = result;
    printLine(`Accepted${providerId ? `, ID ${providerId}` : ''}.`);
    if (providerId && channel.hasReceipts && !channel.receiptsOf && channel.name !== 'green-api')
      printLine('The provider reports the delivery status to the webhook of the gateway only: look at the phone.');
    else if (providerId && channel.hasReceipts)
      await printDeliveryStatus({ id: providerId, phone: phone.e164 }, { ...deps, channel, greenApi });
    return true;
  };

  const e164 = message.phone;
  const secrets = [...secretsIn(config), code, e164, e164.slice(1), e164.slice(3)];
  return traceHttp(send, { secrets, printLine });
}

function pickChannel(channels: Channel[], route: ChannelName[], wanted: string | undefined): Channel {
  const channel = channels.find(({ name }) => name === (wanted ?? route[0]));
  if (channel) return channel;
  const names = channels.map(({ name }) => name).join(', ') || 'none';
  throw new StartupError(
    wanted
      ? `The channel ${wanted} is not configured; there are: ${names}.`
      : `No channel reaches this phone; configured: ${names}.`,
  );
}

interface SentMessage {
  /** As the provider knows it. */
  id: string;
  phone: string;
}

async function printDeliveryStatus(
  message: SentMessage,
  deps: SendTestDeps & { channel: Channel; greenApi: GreenApi | undefined },
): Promise<void> {
  const { printLine, polling = DEFAULT_POLLING } = deps;
  const until = Date.now() + polling.forMs;
  let last = '';
  while (Date.now() < until) {
    await sleep(polling.everyMs);
    const receipt = await readReceipt(message, deps);
    if (!receipt || receipt.status === last) continue;
    last = receipt.status;
    printLine(`${last}${receipt.detail ? ` (${receipt.detail})` : ''}`);
    if (last !== 'ACCEPTED' && last !== 'SENT') return;
  }
  printLine(`No delivery status after ${Math.round(polling.forMs / 1000)} s: it may still arrive.`);
}

/** Green API reports delivery statuses by webhook, which reaches the gateway; a command can only read the message. */
async function readReceipt(
  { id, phone }: SentMessage,
  { channel, greenApi }: { channel: Channel; greenApi: GreenApi | undefined },
): Promise<Receipt | undefined> {
  if (channel.receiptsOf) return (await channel.receiptsOf([id])).get(id);
  const request = { chatId: `${phone.slice(1)}@c.us`, idMessage: id };
  const answer = await greenApi?.call('getMessage', request, AbortSignal.timeout(SEND_TIMEOUT_MS));
  if (!answer || isFailed(answer)) return undefined;
  return receiptOf(MESSAGE.safeParse(answer.body).data?.statusMessage ?? '');
}
