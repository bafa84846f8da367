/** How a channel is shown on the developer's phone. */
export interface ChannelLabel {
  kind: 'WhatsApp' | 'SMS';
  /** Provider, and what tells its channels apart. */
  sender: string;
}

const LABELS: Record<string, ChannelLabel> = {
  whatsapp: { kind: 'WhatsApp', sender: 'answer' },
  'green-api': { kind: 'WhatsApp', sender: 'Green API' },
  'kavenegar-verify': { kind: 'SMS', sender: 'Kavenegar, approved template' },
  'kavenegar-sms': { kind: 'SMS', sender: 'Kavenegar' },
  melipayamak: { kind: 'SMS', sender: 'Melipayamak' },
  console: { kind: 'SMS', sender: 'console' },
};

export function labelOf(channel: string): ChannelLabel {
  return LABELS[channel] ?? { kind: 'SMS', sender: channel };
}
