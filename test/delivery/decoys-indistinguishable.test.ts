import { expect, test } from 'vitest';
import { type Observation, accuracies } from '../support/classifier.js';
import { call } from '../support/calls.js';
import { eventually, phoneIn } from '../support/delivery.js';
import { ageDelivery, insertDeliveries, insertUsers, makeFailoversDue, minutePasses } from '../support/rows.js';
import { type Scene, report, useScenes } from './scene.js';

/**
 * With sign-up closed, an attacker requests codes for phones and must not learn which of them belong to users. The
 * attacker measures everything that a client can see, and trains classifiers with phones whose class is known.
 *
 * Without a difference, the share of right guesses for 400 phones has the mean 50 % and the standard deviation
 * 0.5 / √400 = 2.5 %. The limit of 60 % is four deviations away, so chance alone exceeds it about once in 30 000 runs.
 */
const PHONES_PER_CLASS = 200;
const MAX_ACCURACY = 0.6;

const { scene } = useScenes();

/** Standard normal (Box–Muller). */
const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
const logNormal = ({ median, spread }: Distribution, z = normal()) => median * Math.exp(spread * z);

interface Distribution {
  median: number;
  spread: number;
}

/** Milliseconds. The providers answer fast, so that the test is fast; receipts come as late as in reality. */
const PROVIDERS = {
  'green-api': { answer: { median: 120, spread: 0.6 }, receipt: { median: 6_000, spread: 0.7 } },
  'kavenegar-sms': { answer: { median: 250, spread: 0.6 }, receipt: { median: 9_000, spread: 0.5 } },
};
type Provider = keyof typeof PROVIDERS;

/** The outcomes of WhatsApp: some phones have none, some are switched off, and a few messages fail. */
const NOT_ON_WHATSAPP = 0.15;
const SWITCHED_OFF = 0.06;
const FAILS = 0.05;

interface Phone {
  phone: string;
  ip: string;
  member: boolean;
  /** From 0 to 1; it decides what becomes of messages to a member. */
  fate: number;
  features: number[];
  attempts: { attemptId: string; secret: string }[];
}

/** Yesterday's messages, whose quantiles are those of the distributions. */
async function insertHistory({ database }: Scene): Promise<void> {
  const COUNT = 300;
  const quantile = (index: number) => {
    const share = (((index * 7 + 3) % COUNT) + 0.5) / COUNT;
    return (share ** 0.135 - (1 - share) ** 0.135) / 0.1975;
  };
  const rows = (Object.keys(PROVIDERS) as Provider[]).flatMap((channel) =>
    Array.from({ length: COUNT }, (_, index) => {
      const { answer, receipt } = PROVIDERS[channel];
      const createdAt = new Date(Date.now() - 3_600_000 - index * 1_000);
      const latencyMs = Math.round(logNormal(answer, quantile(index * 11)));
      const outcomeAt = new Date(createdAt.getTime() + latencyMs + logNormal(receipt, quantile(index)));
      const share = ((index * 13) % COUNT) / COUNT;
      const common = { channel, createdAt, latencyMs, providerId: `${channel}-${index}` };
      if (channel === 'kavenegar-sms' || share >= NOT_ON_WHATSAPP + SWITCHED_OFF + FAILS)
        return { ...common, status: 'DELIVERED', updatedAt: outcomeAt, deliveredAt: outcomeAt };
      if (share < NOT_ON_WHATSAPP)
        return { ...common, status: 'UNDELIVERED', failure: 'not_on_channel', updatedAt: outcomeAt };
      if (share < NOT_ON_WHATSAPP + SWITCHED_OFF) return { ...common, status: 'SENT', updatedAt: createdAt };
      return { ...common, status: 'FAILED', failure: 'unknown', updatedAt: outcomeAt };
    }),
  );
  await insertDeliveries(database, rows);
}

async function createPhones({ database }: Scene): Promise<Phone[]> {
  const phones = Array.from({ length: 2 * PHONES_PER_CLASS }, (_, index): Phone => {
    const member = index < PHONES_PER_CLASS;
    const fate = ((index % PHONES_PER_CLASS) + 0.5) / PHONES_PER_CLASS;
    const ip = `10.${index >> 8}.${index & 255}.1`; // a network of its own, because the codes of one are limited
    return { phone: phoneIn('KZ'), ip, member, fate, features: [], attempts: [] };
  });
  const members = phones.filter(({ member }) => member);
  await insertUsers(
    database,
    members.map(({ phone }, index) => ({ phone, blocked: index % 4 === 0 })),
  );
  return phones;
}

/** Runs the step for all phones in random order, twelve at a time. */
async function forEach<Item>(items: Item[], step: (item: Item) => Promise<void>, atOnce = 12): Promise<void> {
  const waiting = items
    .map((item) => ({ item, order: Math.random() }))
    .toSorted((one, other) => one.order - other.order);
  const work = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) await step(next.item);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

const ANSWER = `__typename
  ... on OtpRequested { attemptId secret channel channels expiresAt resendAt codeLength maskedPhone }
  ... on Error { code message } ... on RateLimited { retryAfterSeconds }`;
const REQUEST = `mutation ($input: RequestOtpInput!) { requestOtp(input: $input) { ${ANSWER} } }`;
const VERIFY = `mutation ($input: VerifyOtpInput!) {
  verifyOtp(input: $input) { __typename ... on Error { code message } ... on IncorrectCode { triesLeft } }
}`;

/** Sends one request of the attacker, and adds all that the answer shows to the features of the phone. */
async function ask({ gateway }: Scene, { ip, features }: Phone, { query, input }: { query: string; input: object }) {
  const startedAt = performance.now();
  const sentAt = Date.now();
  const { data } = await call<Record<string, Record<string, string>>>(
    { url: gateway.graphqlUrl, headers: { 'x-forwarded-for': ip } },
    query,
    { input },
  );
  const latencyMs = performance.now() - startedAt;
  const answer = Object.values(data)[0] ?? {};
  const seconds = (time: string | undefined) => (time === undefined ? 0 : (Date.parse(time) - sentAt) / 1000);
  features.push(
    Math.log(latencyMs),
    JSON.stringify(data).length,
    numberOf(answer['__typename']),
    numberOf(answer['channel']),
    numberOf(answer['message']),
    seconds(answer['expiresAt']),
    seconds(answer['resendAt']),
    Number(answer['triesLeft'] ?? answer['retryAfterSeconds'] ?? 0),
  );
  return answer;
}

const numberOf = (text: unknown): number =>
  Buffer.from(JSON.stringify(text ?? null)).reduce((sum, byte) => (sum * 31 + byte) % 10_007, 0);

async function requestCodes(set: Scene, phones: Phone[]): Promise<void> {
  await minutesPass(set, phones);
  await forEach(phones, async (phone) => {
    const { attemptId, secret } = await ask(set, phone, { query: REQUEST, input: { phone: phone.phone } });
    if (attemptId && secret) phone.attempts.push({ attemptId, secret });
  });
}

/** Lets every phone get codes again, so that each request of the attacker is answered as the first one. */
async function minutesPass({ database }: Scene, phones: Phone[]): Promise<void> {
  for (const { phone } of phones) await minutePasses(database, phone);
}

/** A message as the SMS log has it. */
interface Row extends Record<string, unknown> {
  id: string;
  attempt_id: string;
  provider_id: string;
  latency_ms: number;
}

const openDeliveries = ({ database }: Scene, channel: Provider) =>
  database.query<Row>(
    `SELECT id, attempt_id, provider_id, latency_ms FROM sms_log
     WHERE channel = $1 AND status IN ('ACCEPTED', 'SENT') AND provider_id IS NOT NULL AND attempt_id IS NOT NULL
       AND created_at > now() - interval '5 minutes'`,
    [channel],
  );

/** Makes the receipts of the messages to members come, each at its time. */
async function sendReceipts(set: Scene, phones: Phone[]): Promise<void> {
  const byAttempt = new Map(
    phones.flatMap((phone) => phone.attempts.map(({ attemptId }) => [attemptId, phone] as const)),
  );
  const ageOf = (row: Row, channel: Provider) => row.latency_ms + logNormal(PROVIDERS[channel].receipt);
  await forEach(
    await openDeliveries(set, 'green-api'),
    async (row) => {
      const { phone, fate } = byAttempt.get(row.attempt_id) as Phone;
      if (fate >= NOT_ON_WHATSAPP && fate < NOT_ON_WHATSAPP + SWITCHED_OFF) return;
      const fails = Math.random() < FAILS / (1 - NOT_ON_WHATSAPP - SWITCHED_OFF);
      const status = fate < NOT_ON_WHATSAPP ? 'noAccount' : fails ? 'failed' : 'delivered';
      await ageDelivery(set.database, row.id, ageOf(row, 'green-api'));
      // Green API repeats a webhook that was refused.
      await eventually(async () =>
        expect(await report(set, { phone, id: row.provider_id } as never, status)).toBe(200),
      );
    },
    4,
  );
}

/**
 * Adds to the features what a client that watches the latest attempt of each phone sees, and when. The time of an outcome is
 * read from the row, because that is when the next round shows it.
 */
async function watchAll(set: Scene, phones: Phone[]): Promise<void> {
  interface Shown extends Record<string, unknown> {
    attempt_id: string;
    status: string;
    ms: number | null;
  }
  const shown = await set.database.query<Shown>(
    `SELECT attempt_id, CASE WHEN status = 'READ' THEN 'DELIVERED' ELSE status::text END AS status,
            (extract(epoch FROM failover_at - created_at) * 1000)::int AS ms
     FROM sms_log WHERE channel = 'green-api' AND attempt_id IS NOT NULL`,
  );
  const byAttempt = new Map(shown.map((row) => [row.attempt_id, row]));
  // Without the time of the receipt timeout, which is later than anybody watches here.
  await set.database.query(`UPDATE sms_log SET failover_at = NULL WHERE status IN ('ACCEPTED', 'SENT')`);
  await makeFailoversDue(set.database);
  await eventually(async () => {
    set.runRounds();
    const [row] = await set.database.query<{ open: number }>(
      `SELECT count(*)::int AS open FROM sms_log WHERE failover_at <= now() OR status = 'QUEUED'`,
    );
    expect(row?.open).toBe(0);
  }, 30_000);
  const next = await set.database.query<{ attempt_id: string; latency_ms: number }>(
    `SELECT attempt_id, latency_ms FROM sms_log WHERE channel = 'kavenegar-sms' AND attempt_id IS NOT NULL`,
  );
  const nextByAttempt = new Map(next.map((row) => [row.attempt_id, row.latency_ms]));
  await forEach(phones, async ({ attempts, features, ip }) => {
    const attempt = attempts.at(-1);
    const row = byAttempt.get(String(attempt?.attemptId));
    const ends = row?.status !== 'ACCEPTED' && row?.status !== 'SENT';
    const { data } = await call<{ loginAttempt: Record<string, unknown> | null }>(
      { url: set.gateway.graphqlUrl, headers: { 'x-forwarded-for': ip } },
      `query ($attemptId: ID!, $secret: String!) {
        loginAttempt(attemptId: $attemptId, secret: $secret) { status delivery { channel status previousChannels } }
      }`,
      attempt,
    );
    features.push(
      ends ? Math.ceil(Number(row?.ms) / 1000) : 0, // a round starts once a second
      numberOf(data.loginAttempt),
      Math.log(1 + (nextByAttempt.get(String(attempt?.attemptId)) ?? 0)),
    );
  });
}

/** Features of the three requests together. */
function combined({ features, member }: Phone): Observation {
  const PER_ANSWER = 8;
  const PER_ROUND = PER_ANSWER + 3;
  const latencies = [0, 1, 2].map((round) => features[round * PER_ROUND] ?? 0).toSorted((one, other) => one - other);
  const outcomes = [0, 1, 2].map((round) => features[round * PER_ROUND + PER_ANSWER] ?? 0);
  const [shortest = 0, middle = 0, longest = 0] = latencies;
  return {
    first: member,
    features: [
      ...features,
      longest - shortest,
      Math.min(middle - shortest, longest - middle),
      shortest + middle + longest,
      Math.max(...outcomes) - Math.min(...outcomes),
      outcomes.reduce((sum, outcome) => sum + outcome, 0),
    ],
  };
}

/** The accuracies, and the values of the feature that distinguishes most: without them, a failure on another machine says nothing. */
function explain(found: Record<string, number>, observations: Observation[]): string {
  const only = (feature: number) =>
    observations.map(({ first, features }) => ({ first, features: [features[feature] ?? 0] }));
  const [best] = (observations[0]?.features ?? [])
    .map((_, feature) => ({ feature, accuracy: accuracies(only(feature))['byOneFeature'] ?? 0 }))
    .toSorted((one, other) => other.accuracy - one.accuracy);
  const values = (member: boolean) =>
    observations
      .filter(({ first }) => first === member)
      .filter((_, index) => index % 8 === 0) // phones with an equal fate are side by side
      .map(({ features }) => Number((features[best?.feature ?? 0] ?? 0).toFixed(2)));
  return JSON.stringify({ found, best, members: values(true), strangers: values(false) });
}

test(
  'no classifier tells users from unknown phones by three requests for each',
  { timeout: 300_000 },
  async (context) => {
    const set = await scene(context, {
      env: { SIGN_UP: 'closed', TRUSTED_PROXY_HOPS: '1', DELIVERY_ROUTES: '*=green-api,kavenegar-sms' },
      roundsByHand: true,
    });
    const latencyOf = (provider: Provider) => ({
      get slowMs() {
        return logNormal(PROVIDERS[provider].answer);
      },
    });
    set.greenApi.faults.set('sendmessage', latencyOf('green-api'));
    set.kavenegar.faults.set('sms/send', latencyOf('kavenegar-sms'));
    await insertHistory(set);
    const phones = await createPhones(set);

    for (let round = 0; round < 3; round += 1) {
      await requestCodes(set, phones);
      await sendReceipts(set, phones);
      await watchAll(set, phones);
    }
    await forEach(phones, async (phone) => {
      await ask(set, phone, { query: REQUEST, input: { phone: phone.phone } });
      const [first] = phone.attempts;
      await ask(set, phone, { query: VERIFY, input: { ...first, code: '000000' } });
    });

    expect(phones.filter(({ attempts }) => attempts.length !== 3)).toEqual([]); // no request was refused
    const messages = new Set(set.asked.map(({ phone }) => phone));
    expect(phones.filter(({ phone, member }) => messages.has(phone) !== member)).toEqual([]);
    const observations = phones.map(combined);
    const found = accuracies(observations);
    expect(Math.max(...Object.values(found)), explain(found, observations)).toBeLessThanOrEqual(MAX_ACCURACY);
  },
);
