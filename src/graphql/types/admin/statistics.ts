import { publicChannel } from '../../../delivery/channels/channel-list.js';
import { STATISTICS_MAX_DAYS, type SendStatistic, readStatistics } from '../../../admin/read-statistics.js';
import { builder } from '../../builder.js';
import { DeliveryChannelEnum } from '../enums.js';

const SendFailureCountType = builder.objectRef<SendStatistic['failures'][number]>('SendFailureCount').implement({
  description: 'How many messages failed for one reason.',
  fields: (t) => ({
    reason: t.exposeString('reason', {
      description: 'Reason, as in SmsLogEntry.failure; "undelivered" when the provider gave none.',
    }),
    count: t.exposeInt('count', { description: 'Number of messages that failed for this reason.' }),
  }),
});

const SendStatisticType = builder.objectRef<SendStatistic>('SendStatistic').implement({
  description: 'Numbers of the codes that were sent on one day, to one country, by one channel.',
  fields: (t) => ({
    day: t.exposeString('day', { description: 'Day in UTC, such as 2026-11-21.' }),
    country: t.exposeString('country', {
      nullable: true,
      description: 'Country of the phone numbers, two letters (ISO 3166-1); null for numbers that have none.',
    }),
    channel: t.field({
      type: DeliveryChannelEnum,
      description: 'Channel that the codes were sent by.',
      resolve: ({ channel }) => publicChannel(channel),
    }),
    tried: t.exposeInt('tried', {
      description: 'Number of messages that the gateway tried to send, including those that failed.',
    }),
    sent: t.exposeInt('sent', { description: 'Number of messages that the provider accepted.' }),
    delivered: t.exposeInt('delivered', {
      description: 'Number of messages that arrived, according to the provider.',
    }),
    verified: t.exposeInt('verified', { description: 'Number of messages whose code was used.' }),
    conversion: t.exposeFloat('conversion', {
      nullable: true,
      description:
        'Share of the sent messages whose code was used: verified divided by sent, from 0 to 1. Null when nothing was sent.',
    }),
    medianSecondsToDeliver: t.exposeFloat('medianSecondsToDeliver', {
      nullable: true,
      description: 'Median time from the start of a delivery to its arrival, in seconds; null when no message arrived.',
    }),
    failures: t.expose('failures', {
      type: [SendFailureCountType],
      description: 'Why the other messages did not arrive, most frequent reason first.',
    }),
    cost: t.exposeFloat('cost', { description: 'Total cost in the currency of the provider (Kavenegar: rial).' }),
  }),
});

builder.queryField('sendStatistics', (t) =>
  t.field({
    type: [SendStatisticType],
    auth: 'admin',
    description: `Numbers of sent codes by day, country and channel, latest day first. Each instance counts for one request at a time; another one waits up to 5 s, then fails with the error code READ_TIMED_OUT. Fails with the error code INVALID_INPUT for more than ${STATISTICS_MAX_DAYS} days. For admins; other users get FORBIDDEN.`,
    args: {
      since: t.arg({ type: 'DateTime', required: true, description: 'Only codes from this time on.' }),
      until: t.arg({ type: 'DateTime', description: 'Only codes before this time. Default: now.' }),
      country: t.arg.string({ description: 'Only codes to this country, two letters (ISO 3166-1).' }),
      channel: t.arg({ type: DeliveryChannelEnum, description: 'Only codes by this channel.' }),
    },
    resolve: (_, { since, until, country, channel }, context) =>
      context.admin.read((deps) => readStatistics({ since, until: until ?? new Date(), country, channel }, deps), {
        large: true,
      }),
  }),
);
