import { afterAll, beforeAll, expect } from 'vitest';
import { type Result, call, requestOtp, somePhone, verifyOtp } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';

export const ISSUER = 'https://login.example.com';

/** Gateways on one database for the tests of a file, with every secret and token that they returned. */
export interface LoginGateways {
  readonly database: TestDatabase;
  /** By the names that were passed to `useGateways`. */
  gateway(name?: string): TestGateway;
  readonly all: TestGateway[];
  readonly handedOut: ReadonlySet<string>;
}

/** Starts a gateway for each name with its environment, before the tests of a file, and stops them afterwards. */
export function useGateways(environments: Record<string, Record<string, string>> = { open: {} }): LoginGateways {
  let database: TestDatabase;
  const gateways = new Map<string, TestGateway>();
  const handedOut = new Set<string>();
  const realFetch = globalThis.fetch;

  beforeAll(async () => {
    globalThis.fetch = async (...args) => {
      const response = await realFetch(...args);
      const text = await response.clone().text();
      for (const [, value] of text.matchAll(
        /"(?:secret|refreshToken|accessToken|gatewayToken|deviceToken)":"([^"]+)"/g,
      )) {
        if (value) handedOut.add(value);
      }
      return response;
    };
    database = await createDatabase();
    const base = { DATABASE_URL: database.url, PUBLIC_URL: ISSUER };
    await Promise.all(
      Object.entries(environments).map(async ([name, env]) => {
        gateways.set(name, await startGateway({ ...base, ...env }));
      }),
    );
  });
  afterAll(async () => {
    globalThis.fetch = realFetch;
    await Promise.all([...gateways.values()].map((gateway) => gateway.stop()));
    await database.drop();
  });

  return {
    get database() {
      return database;
    },
    gateway(name = 'open') {
      const gateway = gateways.get(name);
      if (!gateway) throw new Error(`No gateway is named "${name}"`);
      return gateway;
    },
    get all() {
      return [...gateways.values()];
    },
    handedOut,
  };
}

/** An attempt with the code that was sent for it. */
export async function openAttempt(on: TestGateway, phone = somePhone()) {
  const attempt = await requestOtp(on.graphqlUrl, { phone });
  expect(attempt.__typename).toBe('OtpRequested');
  return { ...attempt, phone, code: on.codeOf(attempt.attemptId) };
}

export async function signIn(on: TestGateway, phone = somePhone()): Promise<Result> {
  const session = await verifyOtp(on.graphqlUrl, await openAttempt(on, phone));
  expect(session).toMatchObject({ __typename: 'Session', user: { phone } });
  return session;
}

/** The messages that the console channel sent for an attempt. */
export const sentFor = (attemptId: string, on: TestGateway) =>
  on.log.filter((line) => line.event === 'console.message' && line['attemptId'] === attemptId);

/** The phone of the user that an access token belongs to, or the code of the error. */
export async function whoAmI(on: TestGateway, accessToken?: string) {
  const headers: Record<string, string> = accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` };
  const { data, errors } = await call<{ me: { phone: string } | null }>(
    { url: on.graphqlUrl, headers: headers },
    '{ me { phone } }',
    {},
  );
  return data.me?.phone ?? errors?.[0]?.extensions?.code;
}
