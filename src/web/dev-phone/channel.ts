import { CHANNEL_LABELS } from './channel-labels.js';

/** How a channel is shown on the developer's phone. */
export interface ChannelLabel {
  /** `WhatsApp`, `SMS` and others. */
  kind: string;
  /** Provider, and what tells its channels apart. */
  sender: string;
}

export function labelOf(channel: string): ChannelLabel {
  // The gateway's own answer to a WhatsApp message.
  if (channel === 'whatsapp') return { kind: 'WhatsApp', sender: 'answer' };
  return CHANNEL_LABELS[channel] ?? { kind: 'SMS', sender: channel };
}
