// Printed from the channels of src/delivery/channels by "npm run docs:reference". Do not edit.

import type { DeliveryChannel } from '@phonegate/client';

export type ChannelKind = 'whatsapp' | 'sms' | 'call' | 'telegram' | 'max' | 'developer';

/** How a message of each channel reaches the user, if not by SMS. */
export const CHANNEL_KINDS: Partial<Record<DeliveryChannel, ChannelKind>> = {
  GREEN_API: 'whatsapp',
  KAVENEGAR_CALL: 'call',
  WHATSAPP_CLOUD: 'whatsapp',
  TELEGRAM_GATEWAY: 'telegram',
  TWILIO_CALL: 'call',
  GREEN_API_MAX: 'max',
  CONSOLE: 'developer',
};
