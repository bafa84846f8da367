import { CHANNELS } from '../../src/delivery/channels/channel-list.js';

const HEAD = '// Printed from the channels of src/delivery/channels by "npm run docs:reference". Do not edit.\n';

/** For packages/react: the kind of each channel that is not SMS, by its name in the schema. Each byte is loaded by every phone. */
export function printChannelKinds(): string {
  return [
    HEAD,
    "import type { DeliveryChannel } from '@phonegate/client';\n",
    `export type ChannelKind = ${[...new Set(CHANNELS.map(({ kind }) => `'${kind}'`))].join(' | ')};\n`,
    '/** How a message of each channel reaches the user, if not by SMS. */',
    'export const CHANNEL_KINDS: Partial<Record<DeliveryChannel, ChannelKind>> = {',
    ...CHANNELS.filter(({ kind }) => kind !== 'sms').map(
      ({ name, kind }) => `  ${name.toUpperCase().replaceAll('-', '_')}: '${kind}',`,
    ),
    '};\n',
  ].join('\n');
}

const KIND_NAMES = {
  whatsapp: 'WhatsApp',
  telegram: 'Telegram',
  max: 'MAX',
  call: 'Call',
  sms: 'SMS',
  developer: 'SMS',
};

/** For the developer's phone: how each channel is shown. */
export function printChannelLabels(): string {
  const keyOf = (name: string) => (/^[a-z]+$/.test(name) ? name : `'${name}'`);
  return [
    HEAD,
    '/** How a message of each channel is shown: the kind, and the provider with what tells its channels apart. */',
    'export const CHANNEL_LABELS: Record<string, { kind: string; sender: string }> = {',
    ...CHANNELS.map(
      ({ name, kind, label }) => `  ${keyOf(name)}: { kind: '${KIND_NAMES[kind]}', sender: '${label}' },`,
    ),
    '};\n',
  ].join('\n');
}
