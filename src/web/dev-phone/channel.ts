/** What a channel is to the one who holds the phone. */
export interface ChannelLook {
  way: 'WhatsApp' | 'SMS';
  by: string;
}

const LOOKS: Record<string, ChannelLook> = {
  whatsapp: { way: 'WhatsApp', by: 'answer' },
  'green-api': { way: 'WhatsApp', by: 'Green API' },
  'kavenegar-verify': { way: 'SMS', by: 'Kavenegar, approved template' },
  'kavenegar-sms': { way: 'SMS', by: 'Kavenegar' },
  melipayamak: { way: 'SMS', by: 'Melipayamak' },
  console: { way: 'SMS', by: 'console' },
};

export function lookOf(channel: string): ChannelLook {
  return LOOKS[channel] ?? { way: 'SMS', by: channel };
}
