import { type SendStatistic, STATISTICS_MAX_DAYS, readStatistics } from '../../../admin/read-statistics.js';
import { builder } from '../../builder.js';
import { DeliveryChannelEnum } from '../enums.js';

const SendFailureCountType = builder.objectRef<SendStatistic['failures'][number]>('SendFailureCount').implement({
  description: 'How often messages did not arrive for one reason.',
  fields: (t) => ({
    reason: t.exposeString('reason', {
      description: 'As in the SMS log: not_on_channel, timeout, …; undelivered where none was given.',
    }),
    count: t.exposeInt('count', { description: 'How often.' }),
  }),
});

const SendStatisticType = builder.objectRef<SendStatistic>('SendStatistic').implement({
  description: 'What became of the codes of one day, to one country, by one channel.',
  fields: (t) => ({
    day: t.exposeString('day', { description: 'In UTC, as 2026-11-21.' }),
    country: t.exposeString('country', { nullable: true, description: 'Of the phones: ISO 3166, two letters.' }),
    channel: t.expose('channel', { type: DeliveryChannelEnum, description: 'The way they went.' }),
    tried: t.exposeInt('tried', { description: 'Tries, also those that were refused.' }),
    sent: t.exposeInt('sent', { description: 'The provider took them.' }),
    delivered: t.exposeInt('delivered', { description: 'They arrived, as far as the provider tells.' }),
    verified: t.exposeInt('verified', { description: 'Their code was used.' }),
    conversion: t.exposeFloat('conversion', {
      nullable: true,
      description: 'verified / sent, from 0 to 1; null where nothing was sent.',
    }),
    medianSecondsToDeliver: t.exposeFloat('medianSecondsToDeliver', {
      nullable: true,
      description: 'From the try to its arrival, half of them quicker.',
    }),
    failures: t.expose('failures', {
      type: [SendFailureCountType],
      description: 'Why others did not arrive, the most frequent first.',
    }),
    cost: t.exposeFloat('cost', { description: 'As the provider tells it, in its own currency: Kavenegar in Rial.' }),
  }),
});

builder.queryField('sendStatistics', (t) =>
  t.field({
    type: [SendStatisticType],
    authScopes: { admin: true },
    description: `Codes by day, country and channel, the latest day first. For admins. At most ${STATISTICS_MAX_DAYS} days.`,
    args: {
      since: t.arg({ type: 'DateTime', required: true, description: 'From then on.' }),
      until: t.arg({ type: 'DateTime', description: 'Before then; now unless said.' }),
      country: t.arg.string({ description: 'Only to this country.' }),
      channel: t.arg({ type: DeliveryChannelEnum, description: 'Only by this channel.' }),
    },
    resolve: (_, { since, until, country, channel }, context) =>
      readStatistics({ since, until: until ?? new Date(), country, channel }, context.admin),
  }),
);
