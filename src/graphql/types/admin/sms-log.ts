import { publicChannel } from '../../../delivery/channels/channel-list.js';
import { readSmsLog } from '../../../admin/read-logs.js';
import type { SmsLogEntry } from '../../../delivery/log/list-deliveries.js';
import { builder } from '../../builder.js';
import { viewerIdOf } from '../../auth/caller.js';
import { DeliveryChannelEnum, DeliveryPurposeEnum, DeliveryStatusEnum } from '../enums.js';
import { readUuid } from '../../own-ids.js';
import { ATTEMPT_ID } from './login-attempts.js';
import { pageOfIds } from './page.js';
import { periodArgs } from './period.js';

export const SmsLogEntryType = builder.objectRef<SmsLogEntry>('SmsLogEntry').implement({
  description: 'One message to one phone through one channel. The log never contains the text of the message.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'UUID of the message.' }),
    attemptId: t.exposeID('attemptId', {
      nullable: true,
      description: 'UUID of the login attempt that the message belongs to; null when it belongs to none.',
    }),
    channel: t.field({
      type: DeliveryChannelEnum,
      description: 'Channel that the message was sent by.',
      resolve: ({ channel }) => publicChannel(channel),
    }),
    providerId: t.exposeString('providerId', {
      nullable: true,
      description: 'ID of the message at the provider; null when the provider gave none.',
    }),
    maskedPhone: t.exposeString('maskedPhone', {
      description: 'Masked phone number of the recipient; empty after the user was erased.',
    }),
    country: t.exposeString('country', {
      nullable: true,
      description: 'Country of the phone number, two letters (ISO 3166-1); null when it has none.',
    }),
    purpose: t.expose('purpose', { type: DeliveryPurposeEnum, description: 'Purpose of the message.' }),
    locale: t.exposeString('locale', { description: 'Language of the text: en, ru, kk, ky or fa.' }),
    template: t.exposeString('template', {
      nullable: true,
      description:
        'Template of the message: the name at the provider, or channel/locale for a text of the gateway. Null when none was used.',
    }),
    segments: t.exposeInt('segments', {
      nullable: true,
      description: 'Number of SMS parts; null when the message is not an SMS with a text of the gateway.',
    }),
    status: t.expose('status', { type: DeliveryStatusEnum, description: 'How far the message has come.' }),
    failure: t.exposeString('failure', {
      nullable: true,
      description:
        'Why the message did not arrive, such as not_on_channel or timeout. "suppressed" for a decoy, which was not sent: a message to an unknown phone, or one that the guard blocked. Null when nothing failed.',
    }),
    detail: t.exposeString('detail', {
      nullable: true,
      description:
        'Code of the failure at the provider, or the failure that a decoy imitates; null when there is none.',
    }),
    blockedBy: t.exposeString('blockedBy', {
      nullable: true,
      description:
        'Rule of the guard that blocked the message, such as country; null when none did. The documentation lists all rules.',
    }),
    latencyMs: t.exposeInt('latencyMs', {
      nullable: true,
      description: 'Time until the provider answered, in milliseconds; null when it did not answer.',
    }),
    cost: t.exposeInt('cost', {
      nullable: true,
      description: 'Cost in the currency of the provider (Kavenegar: rial); null when the provider does not report it.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the delivery began.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When the gateway learned the status.' }),
    deliveredAt: t.expose('deliveredAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the message arrived; null if it did not, or if the provider does not report it.',
    }),
  }),
});

builder.queryField('smsLog', (t) =>
  t.connection(
    {
      type: SmsLogEntryType,
      auth: 'admin',
      description:
        'The SMS log, newest first. Reading it adds an entry to the audit log. For admins; other users get FORBIDDEN.',
      args: {
        attemptId: t.arg.id({ description: `Only messages of this login attempt: ${ATTEMPT_ID}` }),
        channel: t.arg({ type: DeliveryChannelEnum, description: 'Only messages by this channel.' }),
        status: t.arg({ type: DeliveryStatusEnum, description: 'Only messages with this status.' }),
        country: t.arg.string({ description: 'Only messages to this country, two letters (ISO 3166-1).' }),
        ...periodArgs(),
      },
      resolve: async (_, args, context) => {
        const actor = await viewerIdOf(context);
        const { channel, status, country, since, until } = args;
        const attemptId = readUuid('AdminLoginAttempt', args.attemptId);
        const filter = { attemptId, channel, status, country, since, until };
        return pageOfIds(args, (page) => context.admin.read((deps) => readSmsLog({ filter, page, actor }, deps)));
      },
    },
    { name: 'SmsLogConnection', description: 'A page of the SMS log.' },
    { name: 'SmsLogEdge', description: 'A message in a page of the SMS log.' },
  ),
);
