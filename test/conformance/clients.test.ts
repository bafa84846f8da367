import { setTimeout as sleep } from 'node:timers/promises';
import { createClient as createSseClient } from 'graphql-sse';
import type { Client } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Result, SESSION, call, deliverWebhook, incomingText, somePhone } from '../support/calls.js';
import { WATCH_ATTEMPT } from '../support/frames.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { connectSocket } from '../support/watch.js';

let database: TestDatabase;
let gateway: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url, WHATSAPP_NUMBER: '77010000001' });
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

const FAILURE = '... on Error { code message }';
const DOCUMENTS = {
  requestOtp: `mutation ($input: RequestOtpInput!) { requestOtp(input: $input) { __typename ... on OtpRequested { attemptId secret } ${FAILURE} } }`,
  verifyOtp: `mutation ($input: VerifyOtpInput!) { verifyOtp(input: $input) { __typename ${SESSION} ${FAILURE} } }`,
  startWhatsAppLogin: `mutation { startWhatsAppLogin { __typename ... on WhatsAppLogin { attemptId secret loginMessage qrPayload } ${FAILURE} } }`,
  claimLogin: `mutation ($input: ClaimLoginInput!) { claimLogin(input: $input) { __typename ${SESSION} ${FAILURE} } }`,
};

/** The operations that an application needs from a GraphQL client. */
interface AppClient {
  mutate(field: keyof typeof DOCUMENTS, input?: object): Promise<Result>;
  /** Every state of an attempt, until it is over. */
  watch(attempt: { attemptId: string; secret: string }): AsyncIterable<string>;
  close(): void;
}

const pick = ({ attemptId, secret }: { attemptId: string; secret: string }) => ({ attemptId, secret });

async function mutateByFetch(field: keyof typeof DOCUMENTS, input?: object): Promise<Result> {
  const { data } = await call<Record<string, Result>>(gateway.graphqlUrl, DOCUMENTS[field], { input });
  return data[field] as Result;
}

/** Mutations over HTTP, because the WebSocket refuses them; the subscription over WebSocket. */
function graphqlWs(): AppClient {
  const client: Client = connectSocket(gateway.socketUrl);
  return {
    mutate: mutateByFetch,
    async *watch(attempt) {
      const states = client.iterate<{ loginAttemptStatus: { status: string } }>({
        query: WATCH_ATTEMPT,
        variables: pick(attempt),
      });
      for await (const { data } of states) if (data) yield data.loginAttemptStatus.status;
    },
    close: () => void client.dispose(),
  };
}

/** All operations as event streams, with one connection each. */
function graphqlSse(): AppClient {
  const client = createSseClient({ url: gateway.graphqlUrl, singleConnection: false, retryAttempts: 0 });
  return {
    async mutate(field, input) {
      const query = DOCUMENTS[field];
      const results = client.iterate<Record<string, Result>>({ query, ...(input && { variables: { input } }) });
      for await (const { data } of results) if (data?.[field]) return data[field];
      throw new Error(`${field} gave nothing`);
    },
    async *watch(attempt) {
      const states = client.iterate<{ loginAttemptStatus: { status: string } }>({
        query: WATCH_ATTEMPT,
        variables: pick(attempt),
      });
      for await (const { data } of states) if (data) yield data.loginAttemptStatus.status;
    },
    close: () => client.dispose(),
  };
}

/** A client that cannot keep a connection open: it polls. */
function plainFetch(): AppClient {
  return {
    mutate: mutateByFetch,
    async *watch(attempt) {
      const query =
        'query ($attemptId: ID!, $secret: String!) { loginAttempt(attemptId: $attemptId, secret: $secret) { status } }';
      for (let last = ''; !last || last === 'PENDING'; await sleep(50)) {
        const { data } = await call<{ loginAttempt: { status: string } }>(gateway.graphqlUrl, query, pick(attempt));
        const { status } = data.loginAttempt;
        if (status !== last) yield status;
        last = status;
      }
    },
    close: () => {},
  };
}

const clients = [
  { name: 'graphql-ws', create: graphqlWs },
  { name: 'graphql-sse', create: graphqlSse },
  { name: 'plain fetch', create: plainFetch },
];

async function phoneOf({ accessToken }: Result): Promise<string | undefined> {
  const { data } = await call<{ me: { phone: string } | null }>(
    {
      url: gateway.graphqlUrl,
      headers: {
        authorization: `Bearer ${accessToken}`,
      },
    },
    '{ me { phone } }',
    undefined,
  );
  return data.me?.phone;
}

describe.each(clients)('$name', ({ create }) => {
  test('signs in with a code', async () => {
    const client = create();
    const phone = somePhone();
    const attempt = await client.mutate('requestOtp', { phone });
    const seen: string[] = [];
    let session: Result | undefined;
    for await (const status of client.watch(attempt)) {
      seen.push(status);
      if (status === 'PENDING')
        session = await client.mutate('verifyOtp', { ...pick(attempt), code: gateway.codeOf(attempt.attemptId) });
    }
    expect(seen).toEqual(['PENDING', 'CLAIMED']);
    expect(session).toMatchObject({ __typename: 'Session', user: { phone } });
    expect(await phoneOf(session as Result)).toBe(phone);
    client.close();
  });

  test('signs in with a WhatsApp message', async () => {
    const client = create();
    const phone = somePhone();
    const attempt = await client.mutate('startWhatsAppLogin');
    const sent = new URL(attempt.qrPayload).searchParams.get('text') ?? '';
    expect(sent).toBe(attempt.loginMessage);
    const seen: string[] = [];
    for await (const status of client.watch(attempt)) {
      seen.push(status);
      if (status === 'PENDING') expect(await deliverWebhook(gateway.url, incomingText(sent, phone))).toBe(200);
    }
    expect(seen).toEqual(['PENDING', 'COMPLETED']);
    const session = await client.mutate('claimLogin', pick(attempt));
    expect(session).toMatchObject({ __typename: 'Session', user: { phone } });
    expect(await phoneOf(session)).toBe(phone);
    client.close();
  });
});

test('after the clients have closed, the gateway keeps no data for them', async () => {
  await expect.poll(() => gateway.waiting()).toEqual({ sockets: 0, topics: 0, deadlines: 0 });
});
