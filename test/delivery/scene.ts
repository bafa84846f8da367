import { AsyncLocalStorage } from 'node:async_hooks';
import { type TestContext, afterAll, beforeAll, expect, vi } from 'vitest';
import { type Result, deliverWebhook, readAttempt } from '../support/calls.js';
import {
  PRODUCTION,
  type Scene as ProvidersAndGateways,
  WEBHOOK_TOKEN,
  createDatabases,
  eventually,
  phoneIn,
  setScene,
  smsLog,
  statusEvent,
  requestOtp,
} from '../support/delivery.js';
import type { TestDatabase, TestGateway } from '../support/gateway.js';
import { countDueFailovers, makeFailoversDue } from '../support/rows.js';

export interface Scene extends ProvidersAndGateways {
  database: TestDatabase;
  /** Starts a round in the gateways that are not running one. Does nothing without `roundsByHand`. */
  runRounds(): void;
}

interface Options extends SceneOptions {
  /** The gateways check for due deliveries only when `runRounds` is called, and not once a second. */
  roundsByHand?: boolean;
}
type SceneOptions = Parameters<typeof setScene>[1];

/** Only a receipt makes the next channel take over; a busy machine has time to answer for a provider. */
const PATIENT = {
  DELIVERY_RECEIPT_TIMEOUT_SECONDS: '600',
  DELIVERY_BUDGET_SECONDS: '20',
  DELIVERY_CHANNEL_TIMEOUT_SECONDS: '15',
};
/** How often a gateway checks for deliveries whose failover or poll is due. */
const ROUND_MS = 1_000;
/** The longest time of a timer. */
const NEVER_MS = 2 ** 31 - 1;

/** The rounds of the gateways that start in this context. Other contexts start at the same time. */
const heldRounds = new AsyncLocalStorage<(() => void)[]>();

/** Until the end of the file, prevents the timers of rounds that start in a context of `heldRounds` from firing. */
function holdRounds(): void {
  const { setInterval } = globalThis;
  beforeAll(() => {
    vi.spyOn(globalThis, 'setInterval').mockImplementation((act, ms, ...rest) => {
      const rounds = ms === ROUND_MS ? heldRounds.getStore() : undefined;
      rounds?.push(act);
      return setInterval(act, rounds ? NEVER_MS : ms, ...rest);
    });
  });
  afterAll(() => vi.mocked(globalThis.setInterval).mockRestore());
}

/** Green API is the only channel. */
export const GREEN_API_ONLY = { KAVENEGAR_API_KEY: '', KAVENEGAR_TEMPLATE: '', KAVENEGAR_CALLBACK_SECRET: '' };

/**
 * Scenes for the tests of a file: a database, providers, and gateways in production, so that there is no console
 * channel. No message arrives unless the test makes it arrive.
 *
 * A gateway handles every message in its database, so a test that disturbs a provider needs its own scene. Tests that
 * touch only their own messages share one.
 */
export function useScenes() {
  const databases = createDatabases();
  afterAll(() => databases.drop());
  holdRounds();

  async function scene(
    { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
    { env, roundsByHand = false, ...options }: Options = {},
  ): Promise<Scene> {
    const database = await databases.take(onTestFinished);
    const start = () => setScene(database, { ...options, env: { ...PRODUCTION, ...PATIENT, ...env } }, onTestFinished);
    const rounds: (() => void)[] = [];
    const set = await (roundsByHand ? heldRounds.run(rounds, start) : start());
    set.greenApi.defaultStatuses = [];
    set.kavenegar.defaultStatuses = [];
    set.melipayamak.defaultStatuses = [];
    // A tenth of a second from one status to the next: the providers' clocks run a hundred times as fast.
    set.kavenegar.statusDelayMs = 10_000;
    set.melipayamak.statusDelayMs = 10_000;
    return Object.assign(set, { database, runRounds: () => rounds.forEach((round) => round()) });
  }

  /** Starts one scene for all tests of a `describe`. */
  function sharedScene(options: Options = {}): () => Scene {
    let set: Scene | undefined;
    const atTheEnd: (() => unknown)[] = [];
    beforeAll(async () => {
      set = await scene({ onTestFinished: (act) => void atTheEnd.push(act as () => unknown) }, options);
    });
    afterAll(async () => {
      for (const act of atTheEnd.toReversed()) await act();
    });
    return () => set as Scene;
  }

  return { scene, sharedScene };
}

export interface Sent extends Result {
  phone: string;
  /** The provider's ID of the message. */
  id: string;
}

interface Recipient {
  country?: 'KZ' | 'KG' | 'IR';
  phone?: string;
  /** The instance that gets the request; the first one by default. */
  gateway?: TestGateway;
}

/** Requests a code, which the first channel of the route accepts. */
export async function send(set: Scene, { country = 'KZ', ...recipient }: Recipient = {}): Promise<Sent> {
  const { phone = phoneIn(country), gateway = set.gateway } = recipient;
  const attempt = await requestOtp(gateway.graphqlUrl, { phone });
  expect(attempt.__typename).toBe('OtpRequested');
  const row = (await smsLog(set.database, attempt)).at(-1);
  return { ...attempt, phone, id: String(row?.provider_id) };
}

/** Calls the webhook of Green API. @returns the HTTP status. */
export const callWebhook = ({ gateway }: Pick<Scene, 'gateway'>, event: unknown) =>
  deliverWebhook(gateway.url, event, { token: WEBHOOK_TOKEN });

/** Reports the status of a message by the webhook of Green API. @returns the HTTP status. */
export const report = (set: Pick<Scene, 'gateway' | 'greenApi'>, { phone, id }: Sent, status: string) =>
  callWebhook(set, statusEvent(set.greenApi, { phone, id, status }));

export const readDelivery = async ({ gateway }: Pick<Scene, 'gateway'>, attempt: Sent) =>
  (await readAttempt(gateway.graphqlUrl, attempt))?.delivery;

/** The channels whose provider was called for a phone, in order. */
export const channelsFor = ({ askedFor }: Pick<Scene, 'askedFor'>, { phone }: { phone: string }) =>
  askedFor(phone).map(({ channel }) => channel);

/** Makes the deliveries of an attempt that wait for a failover due. */
export const makeOverdue = ({ database }: Scene, { attemptId }: { attemptId: string }) =>
  makeFailoversDue(database, attemptId);

/**
 * Waits until the gateways have taken every delivery that is due for failover, and have written the delivery that
 * follows it.
 */
export async function untilFailoversAreTaken(set: Scene): Promise<void> {
  await eventually(async () => {
    set.runRounds(); // each time: a gateway that is in the middle of a round begins no other
    expect(await countDueFailovers(set.database)).toBe(0);
  });
}

/** A delivery is written before its provider is called, so without a row no call can follow. */
export async function expectChannels(set: Scene, attempt: Sent, channels: string[]): Promise<void> {
  expect((await smsLog(set.database, attempt)).map(({ channel }) => channel)).toEqual(channels);
  await eventually(() => expect(channelsFor(set, attempt)).toEqual(channels));
}
