import { validate as isUuid } from 'uuid';
import type { ChannelName } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import { type Page, type Period, pageOf } from '../../db/page.js';
import type { DeliveryPurpose, DeliveryStatus } from '../../db/prisma/client.js';
import { channelInfo } from '../channels/channel-list.js';

/** A row of the SMS log. */
export interface SmsLogEntry {
  id: string;
  attemptId: string | null;
  channel: ChannelName;
  providerId: string | null;
  maskedPhone: string;
  country: string | null;
  purpose: DeliveryPurpose;
  locale: string;
  template: string | null;
  segments: number | null;
  status: DeliveryStatus;
  failure: string | null;
  detail: string | null;
  /** The rule of the guard that blocked the message. */
  blockedBy: string | null;
  latencyMs: number | null;
  cost: number | null;
  createdAt: Date;
  updatedAt: Date;
  deliveredAt: Date | null;
}

export interface DeliveryFilter extends Period {
  attemptId?: string | null | undefined;
  channel?: ChannelName | null | undefined;
  status?: DeliveryStatus | null | undefined;
  country?: string | null | undefined;
}

const RECORD = {
  id: true,
  attemptId: true,
  channel: true,
  providerId: true,
  maskedPhone: true,
  country: true,
  purpose: true,
  locale: true,
  template: true,
  segments: true,
  status: true,
  failure: true,
  detail: true,
  blockedBy: true,
  latencyMs: true,
  cost: true,
  createdAt: true,
  updatedAt: true,
  deliveredAt: true,
} as const;

export async function listDeliveries(
  { filter, page }: { filter: DeliveryFilter; page: Page },
  { database }: { database: Database },
): Promise<SmsLogEntry[]> {
  const { attemptId, channel, status, country } = filter;
  if (attemptId && !isUuid(attemptId)) return [];
  const { bounds, ...list } = pageOf(page, filter);
  const rows = await database.prisma.delivery.findMany({
    where: {
      AND: [
        ...bounds,
        ...(attemptId ? [{ attemptId }] : []),
        ...(channel ? [ofChannel(channel)] : []),
        ...(status ? [withStatus(status)] : []),
        ...(country ? [{ country: country.toUpperCase() }] : []),
      ],
    },
    ...list,
    select: RECORD,
  });
  return rows;
}

/** Prisma: the deliveries of a channel of the schema. Such as `http`, it can stand for several: `http:…`. */
const ofChannel = (channel: ChannelName) => ({
  channel: channelInfo(channel)?.instances ? { startsWith: `${channel}:` } : channel,
});

/** Prisma: the deliveries with this status. PostgreSQL needs the second condition to use the index of those that did not arrive. */
const withStatus = (status: DeliveryStatus) =>
  status === 'DELIVERED' || status === 'READ' ? { status } : { status, deliveredAt: null };
