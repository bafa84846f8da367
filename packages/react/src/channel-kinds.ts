// Printed from the channels of src/delivery/channels by "npm run docs:reference". Do not edit.

import type { DeliveryChannel } from '@phonegate/client';

export type ChannelKind = 'whatsapp' | 'sms' | 'telegram' | 'developer';

/** How a message of each channel reaches the user. */
export const CHANNEL_KINDS: Record<DeliveryChannel, ChannelKind> = {
  GREEN_API: 'whatsapp',
  KAVENEGAR_VERIFY: 'sms',
  KAVENEGAR_SMS: 'sms',
  MELIPAYAMAK: 'sms',
  WHATSAPP_CLOUD: 'whatsapp',
  TELEGRAM_GATEWAY: 'telegram',
  HTTP: 'sms',
  CONSOLE: 'developer',
};
