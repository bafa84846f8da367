import type { DeliveryChannel, DeliveryStatus } from '@phonegate/client';
import { CHANNEL_KINDS } from './channel-kinds.js';
import type { Texts } from './locales/texts.js';
import type { CodeLogin } from './flow/state.js';

/** The user's name for a channel. A channel of a newer gateway is called SMS. */
function channelName(channel: DeliveryChannel, { channelNames }: Texts): string {
  return channelNames[CHANNEL_KINDS[channel] ?? 'sms'];
}

/** The status of a message that a channel sends or has sent. A call is not sent: the phone rings. */
function sendingText(channel: DeliveryChannel, status: DeliveryStatus, texts: Texts): string {
  const { delivery } = texts;
  if (CHANNEL_KINDS[channel] === 'call' && status !== 'DELIVERED') return delivery.calling;
  if (channel === 'CONSOLE') return delivery.sentToDeveloper;
  return delivery[status === 'QUEUED' ? 'sending' : 'sent'](channelName(channel, texts));
}

/** The channels that have accepted the code, also before earlier requests, except where the latest one lost it. */
export function earlierChannels({ channel, attempt, earlier = [] }: CodeLogin): DeliveryChannel[] {
  const delivery = attempt?.delivery;
  return delivery?.status === 'FAILED' ? earlier : [...earlier, delivery?.channel ?? channel];
}

/** The delivery status in words: “WhatsApp did not arrive; sent by SMS · delivered”. */
export function deliveryText(
  { channel, attempt, earlier = [] }: Pick<CodeLogin, 'channel' | 'attempt' | 'earlier'>,
  texts: Texts,
): string {
  const { arrived, lost, instead, asWell } = texts.delivery;
  const delivery = attempt?.delivery;
  if (!delivery) return sendingText(channel, 'SENT', texts);
  const name = channelName(delivery.channel, texts);
  if (delivery.status === 'FAILED') return lost(name);
  const before = new Set(delivery.previousChannels.map((previous) => channelName(previous, texts)));
  before.delete(name);
  const text =
    (delivery.status !== 'QUEUED' &&
      (before.size
        ? instead([...before].join(', '), name)
        : earlier.some((other) => channelName(other, texts) !== name) && asWell(name))) ||
    sendingText(delivery.channel, delivery.status, texts);
  return delivery.status === 'DELIVERED' ? `${text} · ${arrived}` : text;
}

/** The channels that the user can choose instead: one for each name, with the text of its button. */
export function otherChannels(
  { channel, channels, attempt }: CodeLogin,
  texts: Texts,
): { name: string; channel: DeliveryChannel; sendText: string }[] {
  const found: Record<string, DeliveryChannel> = {};
  for (const other of channels) found[channelName(other, texts)] ??= other;
  delete found[channelName(attempt?.delivery?.channel ?? channel, texts)];
  return Object.entries(found).map(([name, channel]) => ({
    name,
    channel,
    sendText: channel === 'CONSOLE' ? texts.sendAgainToDeveloper : texts.sendAgainBy(name),
  }));
}
