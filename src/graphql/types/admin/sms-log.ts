import type { SmsLogEntry } from '../../../delivery/log/list-deliveries.js';
import { builder } from '../../builder.js';
import { viewerIdOf } from '../../context.js';
import { DeliveryChannelEnum, DeliveryPurposeEnum, DeliveryStatusEnum } from '../enums.js';
import { pageOfIds } from './page.js';
import { periodArgs } from './period.js';
import { readSmsLog } from '../../../admin/read-logs.js';

export const SmsLogEntryType = builder.objectRef<SmsLogEntry>('SmsLogEntry').implement({
  description: 'One message to one phone through one channel. Never its text.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'A UUID.' }),
    attemptId: t.exposeID('attemptId', { nullable: true, description: 'The login attempt it was made for.' }),
    channel: t.expose('channel', { type: DeliveryChannelEnum, description: 'The way it went.' }),
    providerId: t.exposeString('providerId', { nullable: true, description: "The provider's id of it." }),
    maskedPhone: t.exposeString('maskedPhone', { description: 'To whom.' }),
    country: t.exposeString('country', { nullable: true, description: 'Of the phone: ISO 3166, two letters.' }),
    purpose: t.expose('purpose', { type: DeliveryPurposeEnum, description: 'What for.' }),
    locale: t.exposeString('locale', { description: 'Language of the text.' }),
    template: t.exposeString('template', {
      nullable: true,
      description: 'The text that was sent: the provider’s name of it, or channel/locale of ours.',
    }),
    segments: t.exposeInt('segments', { nullable: true, description: 'Parts of an SMS of ours.' }),
    status: t.expose('status', { type: DeliveryStatusEnum, description: 'How far it has come.' }),
    failure: t.exposeString('failure', {
      nullable: true,
      description: 'Why it did not arrive; "suppressed" where it was sent only seemingly.',
    }),
    detail: t.exposeString('detail', { nullable: true, description: "The provider's own code for that." }),
    latencyMs: t.exposeInt('latencyMs', { nullable: true, description: 'How long the provider took to answer.' }),
    cost: t.exposeInt('cost', {
      nullable: true,
      description: 'As the provider tells it, in its own currency: Kavenegar in Rial.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the try began.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When its state was learnt.' }),
    deliveredAt: t.expose('deliveredAt', { type: 'DateTime', nullable: true, description: 'When it arrived.' }),
  }),
});

builder.queryField('smsLog', (t) =>
  t.connection(
    {
      type: SmsLogEntryType,
      authScopes: { admin: true },
      description: 'The SMS log, the newest first. For admins; leaves an audit row.',
      args: {
        attemptId: t.arg.id({ description: 'Only of this login attempt.' }),
        channel: t.arg({ type: DeliveryChannelEnum, description: 'Only by this channel.' }),
        status: t.arg({ type: DeliveryStatusEnum, description: 'Only with this status.' }),
        country: t.arg.string({ description: 'Only to this country.' }),
        ...periodArgs(),
      },
      resolve: async (_, args, context) => {
        const actor = await viewerIdOf(context);
        const { attemptId, channel, status, country, since, until } = args;
        const filter = { attemptId, channel, status, country, since, until };
        return pageOfIds(args, (page) => readSmsLog({ filter, page, actor }, context.admin));
      },
    },
    { name: 'SmsLogConnection', description: 'A page of the SMS log.' },
    { name: 'SmsLogEdge', description: 'A message in a page.' },
  ),
);
