import type { Client } from 'graphql-ws';
import { Redis } from 'ioredis';
import pg from 'pg';
import { WebSocket } from 'ws';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import {
  type Result,
  deliverWebhook,
  incomingText,
  readAttempt,
  somePhone,
  startWhatsAppLogin,
} from '../support/calls.js';
import { type LogLine, type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { logged } from '../support/logged.js';
import { insertUser } from '../support/rows.js';
import { type Seen, connectSocket, watchLogin } from '../support/watch.js';

/** Webhooks reach `one`. Both ask for a confirmation. */
let database: TestDatabase;
let one: TestGateway;
let other: TestGateway;
let redis: Redis;
let clients: Client[] = [];
/** The statements that were sent on the sign-in connections and the pushes, in order, and how many attempts each read asked for. */
let statements: string[] = [];
let attemptsRead: number[] = [];
let rowsRead: number[] = [];
/** What `one` had logged at the last push. */
let logAtPush: LogLine[] = [];

const PUSH = 'the push';
const READ = 'login/read_attempts';
const COMPLETE = 'login/complete_whatsapp_attempt';

beforeAll(async () => {
  database = await createDatabase();
  redis = new Redis(inject('redisUrl'));
  const env = { DATABASE_URL: database.url, REDIS_URL: inject('redisUrl'), WHATSAPP_CONFIRMATION: 'always' };
  [one, other] = await Promise.all([startGateway(env), startGateway(env)]);
  for (const gateway of [one, other]) await logged(gateway, 'redis.connected');
});
afterAll(async () => {
  await Promise.all([one.stop(), other.stop()]);
  redis.disconnect();
  await database.drop();
});

beforeEach(() => {
  // A watcher does not recheck, so every read was caused by a message.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const query = pg.Client.prototype.query as (...given: unknown[]) => unknown;
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: unknown, ...given: unknown[]) {
    const [{ text, name = text, values }] = given as [{ name?: string; text: string; values?: unknown[][] }];
    if (/^(login|guard)\/|"users"/.test(name) && isForSignIns(this)) statements.push(name);
    const result = query.apply(this, given);
    if (name === READ) {
      attemptsRead.push(values?.[0]?.length ?? 0);
      void Promise.resolve(result as Promise<{ rows: unknown[] }>).then(({ rows }) => rowsRead.push(rows.length));
    }
    return result;
  });
  const send = WebSocket.prototype.send as (...given: unknown[]) => void;
  vi.spyOn(WebSocket.prototype, 'send').mockImplementation(function (this: unknown, ...given: unknown[]) {
    if (String(given[0]).includes('"status":')) {
      statements.push(PUSH);
      logAtPush = [...one.log];
    }
    send.apply(this, given);
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const client of clients) await client.dispose();
  clients = [];
  for (const gateway of [one, other]) await expect.poll(() => gateway.waiting().deadlines).toBe(0);
  vi.useRealTimers();
});

const isForSignIns = (client: unknown) =>
  (client as { connectionParameters?: { application_name?: string } }).connectionParameters?.application_name ===
  'phonegate sign-in';

interface Watching {
  attempt: Result;
  states: AsyncGenerator<Seen>;
}

/** Attempts that wait at a gateway, ten per socket. Each watcher has received PENDING. */
async function startWatching(gateway: TestGateway, count = 1): Promise<Watching[]> {
  const watching: Watching[] = [];
  for (let index = 0; index < count; index += 1) {
    if (index % 10 === 0) clients.push(connectSocket(gateway.socketUrl));
    const attempt = await startWhatsAppLogin(gateway.graphqlUrl);
    const states = watchLogin(clients.at(-1) as Client, attempt);
    expect((await states.next()).value?.status).toBe('PENDING');
    watching.push({ attempt, states });
  }
  statements = [];
  attemptsRead = [];
  rowsRead = [];
  return watching;
}

const watchOne = async (gateway: TestGateway) => (await startWatching(gateway))[0] as Watching;
const channelOf = ({ attemptId }: Result) => `phonegate:change:${attemptId}`;
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('between a webhook and its push', () => {
  test('on the same instance, one statement is sent, the attempt is not read, and everything else comes later', async () => {
    const { attempt, states } = await watchOne(one);
    const phone = somePhone();
    await deliverWebhook(one.url, incomingText(attempt.loginMessage, phone));
    const { value: seen } = await states.next();
    expect(seen?.status).toBe('CONFIRMING');
    expect(statements.slice(0, 2)).toEqual([COMPLETE, PUSH]);
    expect(statements.slice(2)).toContain('guard/reset_phone_limits');
    expectLogAfterPush(attempt, 'whatsapp.confirming');
    expect(seen).toMatchObject(await shown(attempt));

    const answer = seen?.confirmationNumber ?? '';
    statements = [];
    await deliverWebhook(one.url, incomingText(answer === '10' ? '11' : '10', phone));
    expectLogAfterPush(attempt, 'whatsapp.confirmation');
    await deliverWebhook(one.url, incomingText(answer, phone));
    const rest: string[] = [];
    for await (const state of states) rest.push(state.status);
    expect(rest).toEqual(['CONFIRMING', 'COMPLETED']);
    expect(statements).not.toContain(READ);
  });

  test('of a hidden sender whose phone is known, two statements are sent', async () => {
    const [phone, lid] = [somePhone(), '123456789012346@lid'];
    await insertUser(database, { phone, whatsappLid: lid, whatsappLidCheckedAt: new Date() });
    const { attempt, states } = await watchOne(one);
    await deliverWebhook(one.url, incomingText(attempt.loginMessage, lid));
    expect((await states.next()).value).toMatchObject({ status: 'CONFIRMING' });
    expect(statements.slice(0, 3)).toEqual(['login/is_login_message_expected', COMPLETE, PUSH]);
  });

  test('on another instance, the attempt is read once', async () => {
    const { attempt, states } = await watchOne(other);
    await deliverWebhook(one.url, incomingText(attempt.loginMessage, somePhone()));
    expect((await states.next()).value).toMatchObject({ status: 'CONFIRMING' });
    expect(statements.filter((name) => name === READ)).toHaveLength(1);
    expect(statements[0]).toBe(COMPLETE);
  });

  test('on the same instance, a failed attempt is not read either, and the push shows what a query would', async () => {
    const { attempt, states } = await watchOne(one);
    await deliverWebhook(one.url, incomingText(attempt.loginMessage, '123456789012345@lid'));
    const { value: seen } = await states.next();
    expect(seen).toMatchObject({ status: 'FAILED', failureReason: 'PHONE_HIDDEN' });
    expect(statements).not.toContain(READ);
    expectLogAfterPush(attempt, 'login.failed');
    expect(seen).toMatchObject(await shown(attempt));
  });
});

test('a change that PostgreSQL does not commit is not pushed; the repeated webhook is', async () => {
  const { attempt, states } = await watchOne(one);
  // A deferred trigger fails at the commit, when the statement has returned its row.
  await database.query(`
    CREATE FUNCTION refuse_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$;
    CREATE CONSTRAINT TRIGGER refuse_commit AFTER UPDATE ON login_attempts
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_commit()`);
  const message = incomingText(attempt.loginMessage, somePhone());
  expect(await deliverWebhook(one.url, message)).toBeGreaterThanOrEqual(500);
  await wait(100);
  expect(statements).not.toContain(PUSH);
  await database.query('DROP FUNCTION refuse_commit CASCADE');
  expect(await deliverWebhook(one.url, message)).toBe(200);
  expect((await states.next()).value).toMatchObject({ status: 'CONFIRMING' });
});

describe('messages over Redis', () => {
  test('contain the sender and a version, and nothing else', async () => {
    const listener = new Redis(inject('redisUrl'));
    const messages: string[] = [];
    listener.on('pmessage', (_pattern, _channel, message: string) => messages.push(message));
    await listener.psubscribe('phonegate:change:*');
    const { attempt, states } = await watchOne(other);
    const phone = somePhone();
    await deliverWebhook(one.url, incomingText(attempt.loginMessage, phone));
    const { value: seen } = await states.next();
    await deliverWebhook(one.url, incomingText(seen?.confirmationNumber ?? '', phone));
    await expect.poll(() => messages.length).toBeGreaterThan(1);
    listener.disconnect();
    for (const message of messages) expect(message).toMatch(/^[0-9a-f-]{36}( \d+)?$/);
  });

  test('that wake fifty watchers at once cause one read, which returns nothing of what they have seen', async () => {
    const watching = await startWatching(other, 50);
    const messages = redis.multi();
    for (const { attempt } of watching) messages.publish(channelOf(attempt), 'another 2');
    await messages.exec();
    await expect.poll(() => rowsRead).toEqual([0]);
    expect(attemptsRead).toEqual([50]);
  });

  test('with a version that a watcher has seen cause no read', async () => {
    const { attempt, states } = await watchOne(other);
    await deliverWebhook(one.url, incomingText(attempt.loginMessage, somePhone()));
    await states.next();
    attemptsRead = [];
    for (const version of [0, 1, 2]) await redis.publish(channelOf(attempt), `another ${version}`);
    await wait(100);
    expect(attemptsRead).toEqual([]);
    await redis.publish(channelOf(attempt), 'another 3');
    await expect.poll(() => attemptsRead).toEqual([1]);
  });

  test('that are forged show nothing that PostgreSQL does not know', async () => {
    const { attempt, states } = await watchOne(other);
    const seen: string[] = [];
    void (async () => {
      for await (const { status } of states) seen.push(status);
    })();
    const state = JSON.stringify({ version: 9, state: { status: 'COMPLETED', version: 9 } });
    for (const message of ['another 999999999', state, `another 9 ${state}`, '', '\0', 'another'])
      await redis.publish(channelOf(attempt), message);
    await expect.poll(() => attemptsRead.length).toBeGreaterThan(0);
    await wait(100);
    expect(seen).toEqual([]);
    await deliverWebhook(one.url, incomingText(attempt.loginMessage, somePhone()));
    await expect.poll(() => seen).toEqual(['CONFIRMING']);
  });
});

function expectLogAfterPush(attempt: Result, event: string): void {
  const isRecord = (line: LogLine) => line.event === event && line['attemptId'] === attempt.attemptId;
  expect([logAtPush.some(isRecord), one.log.some(isRecord)]).toEqual([false, true]);
}

/** What the client reads by a query. */
async function shown(attempt: Result) {
  const { status, failureReason, confirmationNumber } = (await readAttempt(one.graphqlUrl, attempt)) as Seen;
  return { status, failureReason, confirmationNumber };
}
