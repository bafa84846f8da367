import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deliverWebhook, verifyOtp } from '../support/calls.js';
import { eventually, phoneIn, smsLog, statusEvent, requestOtp } from '../support/delivery.js';
import type { TestGateway } from '../support/gateway.js';
import { readDeliveries } from '../support/rows.js';
import {
  GREEN_API_ONLY,
  type Scene,
  callWebhook,
  channelsFor,
  expectChannels,
  makeOverdue,
  readDelivery,
  report,
  untilFailoversAreTaken,
  send,
  useScenes,
} from './scene.js';

const { scene, sharedScene } = useScenes();

/** The status after a report, by the status before it. Every other report changes nothing. */
const MOVES: Record<string, { to: string; from: string[] }> = {
  sent: { to: 'SENT', from: ['ACCEPTED'] },
  delivered: { to: 'DELIVERED', from: ['ACCEPTED', 'SENT'] },
  read: { to: 'READ', from: ['ACCEPTED', 'SENT', 'DELIVERED'] },
  noAccount: { to: 'UNDELIVERED', from: ['ACCEPTED', 'SENT'] },
  failed: { to: 'FAILED', from: ['ACCEPTED', 'SENT'] },
};
const statusAfter = (reports: string[]) =>
  reports.reduce(
    (status, reported) => (MOVES[reported]?.from.includes(status) ? MOVES[reported].to : status),
    'ACCEPTED',
  );

describe.concurrent('receipts', () => {
  const shared = sharedScene({ env: GREEN_API_ONLY, instances: 2 });
  /** Hundreds of requests one after the other take long on a busy machine. */
  const MANY_REQUESTS = { timeout: 120_000 };
  const REPORTS = ['sent', 'delivered', 'read', 'noAccount', 'failed', 'pending', 'invented'];

  test('in any order move the status only forward, and are always answered with 200', MANY_REQUESTS, async () => {
    const set = shared();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...REPORTS), { minLength: 1, maxLength: 7 }), async (reports) => {
        const attempt = await send(set);
        const path: (string | undefined)[] = [];
        for (const status of reports) {
          expect(await report(set, attempt, status)).toBe(200);
          path.push((await smsLog(set.database, attempt))[0]?.status);
        }
        expect(path).toEqual(reports.map((_, index) => statusAfter(reports.slice(0, index + 1))));
      }),
      { numRuns: 40 },
    );
  });

  test('in every order of sent, delivered and read, each repeated, end at READ', MANY_REQUESTS, async () => {
    const set = shared();
    for (const order of permutations(['sent', 'delivered', 'read'])) {
      const attempt = await send(set);
      for (const status of [...order, ...order]) await report(set, attempt, status);
      expect(await smsLog(set.database, attempt)).toMatchObject([{ status: 'READ' }]);
    }
  });

  test('that come at the same time, at two instances, end at the furthest status', async () => {
    const set = shared();
    for (let count = 0; count < 5; count += 1) {
      const attempt = await send(set);
      const reports = ['sent', 'delivered', 'sent', 'delivered', 'sent'];
      const answers = await Promise.all(
        reports.map((status, index) =>
          report({ ...set, gateway: set.gateways[index % 2] as TestGateway }, attempt, status),
        ),
      );
      expect(new Set(answers)).toEqual(new Set([200]));
      expect(await smsLog(set.database, attempt)).toMatchObject([{ status: 'DELIVERED' }]);
    }
  });

  test('of other instances, of unknown messages, and malformed ones change nothing', async (context) => {
    const set = await scene(context);
    const { greenApi, database } = set;
    const attempt = await send(set);
    const rows = () => readDeliveries(database);
    const before = await rows();
    const other = { idInstance: 1_109_999_999, wid: '77010000009@c.us', typeInstance: 'whatsapp' };
    const { phone, id } = attempt;
    for (const event of [
      statusEvent(greenApi, { phone, id, status: 'delivered', change: { sendByApi: false } }),
      statusEvent(greenApi, { phone, id, status: 'delivered', change: { instanceData: other } }),
      statusEvent(greenApi, { phone, id, status: 'delivered', change: { instanceData: undefined } }),
      statusEvent(greenApi, { phone, id, status: 'pending' }),
      statusEvent(greenApi, { phone, id, status: 'somethingNew' }),
      statusEvent(greenApi, { phone, id, status: "'; DROP TABLE sms_log; --" }),
      statusEvent(greenApi, { phone, id: '3EB0UNKNOWN0000000000', status: 'delivered' }),
      statusEvent(greenApi, { phone: phoneIn('KZ'), id: '3EB0UNKNOWN0000000001', status: 'noAccount' }),
      statusEvent(greenApi, { phone, id: '', status: 'delivered' }),
      statusEvent(greenApi, { phone, id, status: 'delivered', change: { idMessage: 17 } }),
      { typeWebhook: 'outgoingMessageStatus' },
    ]) {
      expect(await callWebhook(set, event)).toBe(200);
    }
    const wrongToken = { token: 'another' };
    expect(
      await deliverWebhook(set.gateway.url, statusEvent(greenApi, { phone, id, status: 'read' }), wrongToken),
    ).toBe(401);
    expect(before).toHaveLength(1);
    expect(await rows()).toEqual(before);
    await report(set, attempt, 'delivered');
    expect(await rows()).toMatchObject([{ status: 'DELIVERED' }]); // the webhook works: the reports above were refused
  });

  test.for([
    ['without a chat', { chatId: undefined }],
    ['with a hidden WhatsApp ID', { chatId: '100000000000007@lid' }],
    ['without the mark of an API message', { sendByApi: undefined }],
  ] as const)('%s are matched by the ID of the message', async ([, change]) => {
    const set = shared();
    const attempt = await send(set);
    await callWebhook(set, statusEvent(set.greenApi, { ...attempt, status: 'delivered', change }));
    expect(await smsLog(set.database, attempt)).toMatchObject([{ status: 'DELIVERED' }]);
  });

  test('are written down after the user has signed in', async () => {
    const set = shared();
    const attempt = await send(set);
    const code = String(set.askedFor(attempt.phone)[0]?.code);
    expect(await verifyOtp(set.gateway.graphqlUrl, { ...attempt, code })).toMatchObject({ __typename: 'Session' });
    await report(set, attempt, 'read');
    expect(await smsLog(set.database, attempt)).toMatchObject([{ status: 'READ' }]);
  });
});

interface LateAnswer {
  reports: string[];
  /** The message ID in the reports, and in the answer. */
  reportedId?: string;
  answeredId?: string;
  /** The gateway gives up before the answer comes. */
  tooLate?: boolean;
}

/** Requests a code. Green API reports these statuses before it answers the request to send. */
async function sendAnsweredLate(set: Scene, { reports, ...answer }: LateAnswer) {
  const { reportedId = '3EB0EARLY00000000001', tooLate } = answer;
  const { answeredId = reportedId } = answer;
  const phone = phoneIn('KZ');
  let release = () => {};
  const until = new Promise<void>((resolve) => (release = resolve));
  set.greenApi.faults.set('sendmessage', { status: 200, body: JSON.stringify({ idMessage: answeredId }), until });
  const requested = requestOtp(set.gateway.graphqlUrl, { phone });
  await eventually(() => expect(set.askedFor(phone)).toHaveLength(1));
  const calledAt = performance.now();
  for (const status of reports)
    expect(await callWebhook(set, statusEvent(set.greenApi, { phone, id: reportedId, status }))).toBe(200);
  set.greenApi.faults.clear();
  const early = await smsLog(set.database, { phone });
  if (tooLate) await requested;
  const heldMs = Math.floor(performance.now() - calledAt);
  release();
  return { early, heldMs, attempt: { ...(await requested), phone, id: reportedId } };
}

describe.concurrent('a receipt that comes before the answer of the provider', () => {
  test.for([
    ['sent', 'SENT'],
    ['delivered', 'DELIVERED'],
    ['read', 'READ'],
  ] as const)('(%s) is kept when the answer comes', async ([status, expected], context) => {
    const set = await scene(context);
    const { early, heldMs, attempt } = await sendAnsweredLate(set, { reports: [status] });
    expect(early).toMatchObject([{ status: expected, provider_id: attempt.id }]);
    expect(attempt).toMatchObject({ __typename: 'OtpRequested', channel: 'GREEN_API' });
    const rows = await smsLog(set.database, attempt);
    expect(rows).toMatchObject([{ status: expected, provider_id: attempt.id, template: '*/kk' }]);
    expect(rows[0]?.latency_ms).toBeGreaterThanOrEqual(heldMs);
    await report(set, attempt, 'read');
    expect(await smsLog(set.database, attempt)).toMatchObject([{ status: 'READ' }]);
    await makeOverdue(set, attempt);
    await untilFailoversAreTaken(set);
    await expectChannels(set, attempt, ['green-api']);
  });

  test.for(['noAccount', 'failed'])('(%s) makes the next channel send, once', async (status, context) => {
    const set = await scene(context);
    const { attempt } = await sendAnsweredLate(set, { reports: [status] });
    expect(attempt).toMatchObject({ __typename: 'OtpRequested' });
    await untilFailoversAreTaken(set);
    await expectChannels(set, attempt, ['green-api', 'kavenegar-verify']);
    await eventually(async () =>
      expect(await readDelivery(set, attempt)).toMatchObject({
        channel: 'KAVENEGAR_VERIFY',
        status: 'SENT',
        previousChannels: ['GREEN_API'],
      }),
    );
  });

  test('is believed when the answer comes too late, and the log holds the template and the latency', async (context) => {
    const set = await scene(context, { env: { DELIVERY_CHANNEL_TIMEOUT_SECONDS: '3' } });
    const { attempt } = await sendAnsweredLate(set, { reports: ['delivered'], tooLate: true });
    expect(attempt).toMatchObject({ __typename: 'OtpRequested', channel: 'GREEN_API' });
    expect(channelsFor(set, attempt)).toEqual(['green-api']);
    const rows = await smsLog(set.database, attempt);
    expect(rows).toMatchObject([{ status: 'DELIVERED', provider_id: attempt.id, template: '*/kk' }]);
    expect(rows[0]?.latency_ms).toBeGreaterThan(0);
  });

  test('of another message to the phone is corrected by the answer', async (context) => {
    const set = await scene(context);
    const [reportedId, answeredId] = ['3EB0OTHER0000000000A', '3EB0OURS00000000000A'];
    const { early, attempt } = await sendAnsweredLate(set, { reports: ['delivered'], reportedId, answeredId });
    expect(early).toMatchObject([{ status: 'DELIVERED', provider_id: reportedId }]);
    expect(await smsLog(set.database, attempt)).toMatchObject([{ status: 'ACCEPTED', provider_id: answeredId }]);
    await report(set, { ...attempt, id: answeredId }, 'sent');
    expect(await readDelivery(set, attempt)).toMatchObject({ status: 'SENT' });
    await makeOverdue(set, attempt);
    await eventually(() => expect(channelsFor(set, attempt)).toHaveLength(2));
  });

  test.for([
    ['in time', false],
    ['too late', true],
  ] as const)('starts no failover with a receipt time of 0 when the answer comes %s', async ([, tooLate], context) => {
    // Of this budget, the first of three channels has three seconds.
    const set = await scene(context, { env: { DELIVERY_RECEIPT_TIMEOUT_SECONDS: '0', DELIVERY_BUDGET_SECONDS: '5' } });
    const { attempt } = await sendAnsweredLate(set, { reports: ['sent'], tooLate });
    await makeOverdue(set, attempt);
    await untilFailoversAreTaken(set);
    await expectChannels(set, attempt, ['green-api']);
    expect(await readDelivery(set, attempt)).toMatchObject({ channel: 'GREEN_API', status: 'SENT' });
  });
});

function permutations<Item>(items: Item[]): Item[][] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}
