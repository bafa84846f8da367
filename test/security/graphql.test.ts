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
  method: 'GET' | 'POST';
}

const NAME = 'graphql';
const METHODS = ['GET', 'POST'] as const;
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
    method: fc.constantFrom(...METHODS),
  }),
  parse: (file) => CLIENTS.flatMap((client) => METHODS.map((method) => ({ body: file.toString(), client, method }))),
  async check({ body, client, method }) {
    const { status, answer } = await send(body, { method, headers: await headersOf(client) });
    expect(status, 'HTTP status').toBeLessThan(500);
    expect(answer).not.toMatch(/node_modules/);
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

async function send(
  body: string,
  { method, headers }: { method: Request['method']; headers: Record<string, string> },
): Promise<{ status: number; answer: string }> {
  const controller = new AbortController();
  const isSubscription = /"query":"\s*subscription/.test(body);
  const text = body
    .replaceAll('<id>', attempt.attemptId)
    .replaceAll('<secret>', attempt.secret)
    .replaceAll('<user>', signedIn.get('USER')?.id ?? '');
  const accept = isSubscription ? 'text/event-stream' : 'application/json';
  const { graphqlUrl } = fuzzed.gateway;
  const response = await fetch(method === 'GET' ? `${graphqlUrl}?${searchOf(text)}` : graphqlUrl, {
    method,
    headers: { ...headers, 'content-type': 'application/json', accept },
    ...(method === 'POST' ? { body: text } : {}),
    signal: controller.signal,
  });
  if (isSubscription) setTimeout(() => controller.abort(), SUBSCRIPTION_MS);
  return { status: response.status, answer: await response.text().catch(() => '') };
}

/** The parameters of a body as a search, as long as a URL may be. Of what is not JSON, each parameter is the whole text. */
function searchOf(text: string): string {
  let params: unknown;
  try {
    params = JSON.parse(text);
  } catch {
    params = { query: text, variables: text, extensions: text };
  }
  const entries = Object.entries(params ?? {}).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return new URLSearchParams(entries).toString().slice(0, 8_000);
}
