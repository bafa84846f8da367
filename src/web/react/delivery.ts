import type { DeliveryChannel } from '../client/index.js';
import type { Texts } from '../locales/texts.js';
import type { CodeLogin } from './flow/state.js';

/** What people call a channel. */
export function wayOf(channel: DeliveryChannel, { ways }: Texts): string {
  if (channel === 'CONSOLE') return ways.developer;
  return channel === 'GREEN_API' ? ways.whatsapp : ways.sms;
}

/** “WhatsApp did not arrive; sent by SMS · delivered”: how far the code has come. */
export function deliveryText({ channel, attempt }: Pick<CodeLogin, 'channel' | 'attempt'>, texts: Texts): string {
  const { sending, sent, arrived, opened, lost, instead } = texts.delivery;
  const delivery = attempt?.delivery;
  if (!delivery) return sent(wayOf(channel, texts));
  const way = wayOf(delivery.channel, texts);
  if (delivery.status === 'FAILED' || delivery.status === 'UNDELIVERED') return lost(way);
  const before = new Set(delivery.previousChannels.map((previous) => wayOf(previous, texts)));
  before.delete(way);
  if (delivery.status === 'QUEUED') return sending(way);
  const said = before.size === 0 ? sent(way) : instead([...before].join(', '), way);
  if (delivery.status === 'DELIVERED') return `${said} · ${arrived}`;
  return delivery.status === 'READ' ? `${said} · ${opened}` : said;
}

/** Other ways that a person can choose between: one of each kind. */
export function otherWays(
  { channel, channels, attempt }: CodeLogin,
  texts: Texts,
): { way: string; channel: DeliveryChannel }[] {
  const used = wayOf(attempt?.delivery?.channel ?? channel, texts);
  const found = new Map<string, DeliveryChannel>();
  for (const other of channels) {
    const way = wayOf(other, texts);
    if (way !== used && !found.has(way)) found.set(way, other);
  }
  return [...found].map(([way, name]) => ({ way, channel: name }));
}
