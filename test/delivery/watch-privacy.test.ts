import { describe, expect, inject, test } from 'vitest';
import { cancelLogin, readAttempt, verifyOtp } from '../support/calls.js';
import { eventually, smsLog, watchDelivery } from '../support/delivery.js';
import { makeFailoversDue } from '../support/rows.js';
import {
  GREEN_API_ONLY,
  type Scene,
  type Sent,
  channelsFor,
  makeOverdue,
  readDelivery,
  report,
  send,
  untilFailoversAreTaken,
  useScenes,
} from './scene.js';

const { scene } = useScenes();

/** With Redis a watcher reads again after 7.5 seconds at the earliest, so an earlier update was published. */
const REDIS = { REDIS_URL: inject('redisUrl') };
const SHOWN_EVERY_MS = 5_000;

/** Watches an attempt whose message the provider has accepted. */
async function watching(set: Scene, attempt: Sent) {
  const watched = watchDelivery(set.gateway, attempt);
  await eventually(() =>
    expect(watched.seen).toEqual([{ channel: 'GREEN_API', status: 'SENT', previousChannels: [] }]),
  );
  return watched;
}

const row = async (set: Scene, attempt: Sent) => (await smsLog(set.database, attempt)).at(-1);

describe.concurrent('a client without a session that watches the attempt of any phone', () => {
  test('sees sent and delivered, and never that the message was read', async (context) => {
    const set = await scene(context, { env: REDIS, roundsByHand: true });
    const attempt = await send(set);
    const { seen, stop } = await watching(set, attempt);
    for (const status of ['sent', 'delivered', 'read']) await report(set, attempt, status);
    await makeOverdue(set, attempt);
    await untilFailoversAreTaken(set);
    await eventually(() => expect(seen.map(({ status }) => status)).toEqual(['SENT', 'DELIVERED']));
    expect(await readDelivery(set, attempt)).toMatchObject({ status: 'DELIVERED' });
    expect(await row(set, attempt)).toMatchObject({ status: 'READ', failover_at: null });
    await stop();
  });

  test('gets no update for sent or read, and the version of the attempt stays', async (context) => {
    const set = await scene(context, { env: REDIS, roundsByHand: true });
    const version = async ({ attemptId }: Sent) =>
      (await set.database.query('SELECT version FROM login_attempts WHERE id = $1', [attemptId]))[0]?.['version'];
    const attempt = await send(set);
    const before = await version(attempt);
    await report(set, attempt, 'sent');
    expect(await version(attempt)).toBe(before);
    await report(set, attempt, 'delivered');
    await makeOverdue(set, attempt);
    await untilFailoversAreTaken(set);
    const delivered = await version(attempt);
    expect(delivered).not.toBe(before);
    await report(set, attempt, 'read');
    await makeFailoversDue(set.database);
    await untilFailoversAreTaken(set);
    expect(await version(attempt)).toBe(delivered);
    expect(await row(set, attempt)).toMatchObject({ status: 'READ' });
  });

  test.for(['delivered', 'read', 'failed'])(
    'learns the outcome of a message that was %s only at a multiple of five seconds',
    async (status, context) => {
      const set = await scene(context, { env: GREEN_API_ONLY, roundsByHand: true });
      const attempt = await send(set);
      await report(set, attempt, status);
      const { created_at: createdAt, failover_at: shownAt, status: recorded } = (await row(set, attempt)) ?? {};
      expect(recorded).toBe(status.toUpperCase());
      const wait = Number(shownAt) - Number(createdAt);
      expect(wait).toBeGreaterThan(0);
      expect(wait % SHOWN_EVERY_MS).toBe(0);
      set.runRounds();
      expect(await readDelivery(set, attempt)).toMatchObject({ status: 'SENT' });
      await makeOverdue(set, attempt);
      await untilFailoversAreTaken(set);
      const shown = status === 'failed' ? 'FAILED' : 'DELIVERED';
      expect(await readDelivery(set, attempt)).toMatchObject({ status: shown });
    },
  );

  test('cannot read the time of a status', async (context) => {
    const set = await scene(context, { roundsByHand: true });
    const attempt = await send(set);
    const before = (await readDelivery(set, attempt))?.updatedAt;
    await report(set, attempt, 'delivered');
    await makeOverdue(set, attempt);
    await untilFailoversAreTaken(set);
    expect(await readDelivery(set, attempt)).toMatchObject({ status: 'DELIVERED', updatedAt: before });
  });

  test.for([
    ['canceled', (set: Scene, attempt: Sent) => cancelLogin(set.gateway.graphqlUrl, attempt)],
    [
      'claimed',
      (set: Scene, attempt: Sent) =>
        verifyOtp(set.gateway.graphqlUrl, { ...attempt, code: String(set.askedFor(attempt.phone)[0]?.code) }),
    ],
  ] as const)('learns nothing about the message after the attempt was %s', async ([status, end], context) => {
    const set = await scene(context);
    const attempt = await send(set);
    await end(set, attempt);
    await report(set, attempt, 'delivered');
    expect(await readAttempt(set.gateway.graphqlUrl, attempt)).toMatchObject({
      status: status.toUpperCase(),
      delivery: null,
    });
  });
});

test('a message that was read is not sent again by the next channel', async (context) => {
  const set = await scene(context);
  const attempt = await send(set);
  await report(set, attempt, 'read');
  await makeOverdue(set, attempt);
  await untilFailoversAreTaken(set);
  expect(channelsFor(set, attempt)).toEqual(['green-api']);
  expect(await smsLog(set.database, attempt)).toHaveLength(1);
});
