// Printed from the channels of src/delivery/channels by "npm run docs:reference". Do not edit.

/** How a message of each channel is shown: the kind, and the provider with what tells its channels apart. */
export const CHANNEL_LABELS: Record<string, { kind: string; sender: string }> = {
  'green-api': { kind: 'WhatsApp', sender: 'Green API' },
  'kavenegar-verify': { kind: 'SMS', sender: 'Kavenegar, approved template' },
  'kavenegar-sms': { kind: 'SMS', sender: 'Kavenegar' },
  'kavenegar-call': { kind: 'Call', sender: 'Kavenegar' },
  melipayamak: { kind: 'SMS', sender: 'Melipayamak' },
  'whatsapp-cloud': { kind: 'WhatsApp', sender: 'Cloud API' },
  'telegram-gateway': { kind: 'Telegram', sender: 'Gateway' },
  twilio: { kind: 'SMS', sender: 'Twilio' },
  'twilio-call': { kind: 'Call', sender: 'Twilio' },
  'green-api-max': { kind: 'MAX', sender: 'Green API' },
  http: { kind: 'SMS', sender: 'HTTP' },
  console: { kind: 'SMS', sender: 'console' },
};
