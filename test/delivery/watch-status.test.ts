import { createClient as createSseClient } from 'graphql-sse';
import { describe, expect, inject, test } from 'vitest';
import { resendOtp } from '../support/calls.js';
import { type SeenDelivery, ageResend, eventually, statusEvent, watchDelivery } from '../support/delivery.js';
import type { TestGateway } from '../support/gateway.js';
import { makeOverdue, readDelivery, report, send, useScenes } from './scene.js';

const { sharedScene } = useScenes();
const statuses = (seen: SeenDelivery[]) => seen.map(({ status }) => status);

describe.concurrent('a client that watches the attempt, with Redis', () => {
  const shared = sharedScene({ instances: 2, env: { REDIS_URL: inject('redisUrl') } });
  const otherGateway = () => shared().gateways[1] as TestGateway;

  // With Redis a watcher reads again after 15 seconds, so an update within five seconds was published.
  test('sees every delivery status, also at another instance', async () => {
    const set = shared();
    const attempt = await send(set);
    const { seen, stop } = watchDelivery(otherGateway(), attempt);
    await eventually(() => expect(statuses(seen)).toEqual(['SENT']));
    expect(await report(set, attempt, 'delivered')).toBe(200);
    await makeOverdue(set, attempt);
    await eventually(() => expect(statuses(seen)).toEqual(['SENT', 'DELIVERED']));
    await stop();
  });

  test('sees the next channel, and which channels failed before', async () => {
    const set = shared();
    const attempt = await send(set);
    const { seen, stop } = watchDelivery(otherGateway(), attempt);
    await eventually(() => expect(seen).toHaveLength(1));
    await report(set, attempt, 'noAccount');
    await eventually(() =>
      expect(seen.at(-1)).toEqual({
        channel: 'KAVENEGAR_VERIFY',
        status: 'SENT', // Kavenegar's answer to a lookup
        previousChannels: ['GREEN_API'],
      }),
    );
    expect(seen[0]).toEqual({ channel: 'GREEN_API', status: 'SENT', previousChannels: [] });
    expect(await readDelivery(set, attempt)).toMatchObject({ previousChannels: ['GREEN_API'] });
    await stop();
  });

  test('sees the status start again at SENT after a resend', async () => {
    const set = shared();
    const attempt = await send(set);
    await report(set, attempt, 'delivered');
    const { seen, stop } = watchDelivery(set.gateway, attempt);
    await eventually(() => expect(seen).toHaveLength(1));
    await ageResend(set.database, attempt.attemptId);
    await resendOtp(set.gateway.graphqlUrl, attempt, { channel: 'KAVENEGAR_SMS' });
    await eventually(() =>
      expect(seen.at(-1)).toEqual({ channel: 'KAVENEGAR_SMS', status: 'SENT', previousChannels: [] }),
    );
    await stop();
  });

  test('sees a channel that the user replaced by a resend among the failed ones only once it has failed', async () => {
    const set = shared();
    const attempt = await send(set);
    await ageResend(set.database, attempt.attemptId);
    await resendOtp(set.gateway.graphqlUrl, attempt, { channel: 'KAVENEGAR_SMS' });
    expect(await readDelivery(set, attempt)).toMatchObject({ channel: 'KAVENEGAR_SMS', previousChannels: [] });
    await report(set, attempt, 'failed');
    await eventually(async () =>
      expect(await readDelivery(set, attempt)).toMatchObject({
        channel: 'KAVENEGAR_SMS',
        previousChannels: ['GREEN_API'],
      }),
    );
  });
});

describe.concurrent('a client that watches the attempt, without Redis', () => {
  const shared = sharedScene({ instances: 2 });

  test('sees the delivery status at another instance when that reads again', async () => {
    const set = shared();
    const attempt = await send(set);
    const { seen, stop } = watchDelivery(set.gateways[1] as TestGateway, attempt);
    await eventually(() => expect(statuses(seen)).toEqual(['SENT']));
    expect(await report(set, attempt, 'delivered')).toBe(200);
    await makeOverdue(set, attempt);
    await eventually(() => expect(statuses(seen).at(-1)).toBe('DELIVERED'));
    await stop();
  });

  test('sees every status by Server-Sent Events when Green API reports it by its webhook', async () => {
    const { greenApi, gateway, ...set } = shared();
    const attempt = await send({ ...set, greenApi, gateway });
    const client = createSseClient({ url: gateway.graphqlUrl });
    const seen: string[] = [];
    const query = `subscription { loginAttemptStatus(attemptId: "${attempt.attemptId}", secret: "${attempt.secret}") { delivery { status } } }`;
    for await (const { data } of client.iterate<{ loginAttemptStatus: { delivery: { status: string } } }>({ query })) {
      const status = String(data?.loginAttemptStatus.delivery.status);
      seen.push(status);
      if (status === 'DELIVERED') break;
      greenApi.emit(statusEvent(greenApi, { ...attempt, status: 'delivered' }));
    }
    client.dispose();
    expect(seen).toEqual(['SENT', 'DELIVERED']);
  });
});
