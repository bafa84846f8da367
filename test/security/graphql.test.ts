import fc from 'fast-check';
import { beforeAll, expect } from 'vitest';
import { type SignedInUser, signInAs } from '../admin/sign-in-as.js';
import { type Result, requestOtp, somePhone } from '../support/calls.js';
import { bearer } from '../support/sign-in.js';
import { useFuzzedGateway } from './fuzz/fuzzed-gateway.js';
import { mutatedJson, mutatedText } from './fuzz/mutate.js';
import { randomOperation } from './fuzz/random-operation.js';
import { readCorpus, testTarget } from './fuzz/test-target.js';

type Client = 'stranger' | 'USER' | 'ADMIN';
interface Request {
  /** JSON, if it is well formed. */
  body: string;
  client: Client;
}

const NAME = 'graphql';
const CLIENTS: readonly Client[] = ['stranger', 'USER', 'ADMIN'];
const SUBSCRIPTION_MS = 50;
const corpus = readCorpus(NAME).map(([, file]) => file.toString());
const operations = corpus.flatMap((body) => {
  try {
    return [JSON.parse(body) as { query?: unknown }];
  } catch {
    return [];
  }
});
const queries = operations.map(({ query }) => query).filter((query) => typeof query === 'string');

const fuzzed = useFuzzedGateway();
/** Clients that are signed in. An input can sign them out; then they sign in again. */
const signedIn = new Map<Client, SignedInUser>();
let sessions = 0;
let attempt: Result;

beforeAll(async () => {
  attempt = await requestOtp(fuzzed.gateway.graphqlUrl, { phone: somePhone() });
});

testTarget<Request>({
  name: NAME,
  random: fc.record({
    body: fc.oneof(
      { weight: 5, arbitrary: randomOperation.map((one) => JSON.stringify(one)) },
      { weight: 2, arbitrary: mutatedText(queries).map((query) => JSON.stringify({ query })) },
      { weight: 1, arbitrary: mutatedJson(operations).map((one) => JSON.stringify(one)) },
      { weight: 1, arbitrary: mutatedText(corpus) },
      { weight: 1, arbitrary: fc.json() },
    ),
    client: fc.constantFrom(...CLIENTS),
  }),
  parse: (file) => CLIENTS.map((client) => ({ body: file.toString(), client })),
  async check({ body, client }) {
    const { status, answer } = await send(body, await headersOf(client));
    expect(status, 'HTTP status').toBeLessThan(500);
    expect(answer).not.toMatch(/INTERNAL_SERVER_ERROR|"(accessToken|gatewayToken|refreshToken)":"/);
    fuzzed.expectNoBug();
    // No input can contain the code of the attempt, except by a chance of one in a million.
    await fuzzed.expectSessionsAtMost(sessions);
    if (answer.includes('UNAUTHENTICATED')) signedIn.delete(client);
  },
  checkAfterwards: () => fuzzed.expectAnswers(),
});

async function headersOf(client: Client): Promise<Record<string, string>> {
  if (client === 'stranger') return {};
  const { gateway, database } = fuzzed;
  let user = signedIn.get(client);
  if (!user) {
    user = await signInAs(client, { gateway, database });
    sessions += 1;
    signedIn.set(client, user);
  }
  return bearer(user.session.gatewayToken);
}

async function send(body: string, headers: Record<string, string>): Promise<{ status: number; answer: string }> {
  const controller = new AbortController();
  const isSubscription = /"query":"\s*subscription/.test(body);
  const response = await fetch(fuzzed.gateway.graphqlUrl, {
    method: 'POST',
    headers: {
      ...headers,
      'content-type': 'application/json',
      accept: isSubscription ? 'text/event-stream' : 'application/json',
    },
    body: body
      .replaceAll('<id>', attempt.attemptId)
      .replaceAll('<secret>', attempt.secret)
      .replaceAll('<user>', signedIn.get('USER')?.id ?? ''),
    signal: controller.signal,
  });
  if (isSubscription) setTimeout(() => controller.abort(), SUBSCRIPTION_MS);
  return { status: response.status, answer: await response.text().catch(() => '') };
}
