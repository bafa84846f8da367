import { type NewDelivery, insertDeliveries } from '../../support/rows.js';
import type { World } from '../world.js';
import { type Fault, ownDatabase } from './fault.js';

/** A database with the first message this many times, and the others once, of an hour ago. */
async function withMessages(world: World, count: number, messages: Partial<NewDelivery>[]): Promise<void> {
  const [message, ...others] = messages;
  const database = await ownDatabase(world);
  const createdAt = new Date(Date.now() - 60 * 60_000);
  await insertDeliveries(
    database,
    [...Array.from({ length: count }, () => message), ...others].map((row) => ({
      channel: 'green-api',
      createdAt,
      ...row,
    })),
  );
}

export const SMS_LOG: Fault[] = [
  {
    planted: 'everything of the day undelivered',
    plant: (world) => withMessages(world, 6, [{ status: 'UNDELIVERED', failure: 'unknown', providerId: 'x' }]),
    found: [
      {
        about: 'green-api',
        message: /^none of its messages of the last 24 hours arrived: 6 are/,
        advice: /DELIVERY_ROUTES/,
      },
    ],
  },
  {
    planted: 'a plan that is used up',
    plant: (world) =>
      withMessages(world, 2, [
        { status: 'FAILED', failure: 'insufficient_credit', detail: 'HTTP 466: chats of this month' },
      ]),
    found: [
      { about: 'green-api', message: /refused: insufficient_credit \(HTTP 466/, advice: /credit/ },
      {
        about: 'green-api',
        message: /plan of the instance is used up \(HTTP 466\): 2 messages/,
        advice: /larger plan/,
      },
    ],
  },
  {
    planted: 'nothing wrong: some messages undelivered',
    plant: (world) =>
      withMessages(world, 6, [
        { status: 'UNDELIVERED', failure: 'unknown', providerId: 'x' },
        { status: 'DELIVERED', providerId: 'y', deliveredAt: '-59 minutes' },
      ]),
    found: [],
  },
];
