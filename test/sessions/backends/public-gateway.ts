import type { KeyObject } from 'node:crypto';
import { type Result, requestOtp, somePhone, verifyOtp } from '../../support/calls.js';
import { type TestGateway, createDatabase, startGateway } from '../../support/gateway.js';
import { type KeyServer, startKeyServer } from './key-server.js';
import { signingKeyOf } from './tokens.js';

export const GATEWAY_SECRET = 'GDSPFgb6dWYz4NRKy7fr3JvB2TEjXeHnwqAs';

/** A gateway as a backend knows it, by its PUBLIC_URL, and additional parts for tests. */
export interface PublicGateway {
  url: string;
  keyServer: KeyServer;
  /** A signed-in user. */
  session: Result;
  signingKey: KeyObject;
  stop(): Promise<void>;
}

export async function startPublicGateway(): Promise<PublicGateway> {
  const database = await createDatabase();
  const keyServer = await startKeyServer();
  const gateway = await startGateway({ DATABASE_URL: database.url, PUBLIC_URL: keyServer.url, GATEWAY_SECRET });
  keyServer.lead(gateway.url);
  return {
    url: keyServer.url,
    keyServer,
    session: await signIn(gateway, '+77010000002'),
    signingKey: (await signingKeyOf(database.url, GATEWAY_SECRET)).privateKey,
    async stop() {
      keyServer.close();
      await gateway.stop();
      await database.drop();
    },
  };
}

/** Signs a user in with a code. */
export async function signIn(gateway: TestGateway, phone = somePhone()): Promise<Result> {
  const attempt = await requestOtp(gateway.graphqlUrl, { phone });
  return verifyOtp(gateway.graphqlUrl, { ...attempt, code: gateway.codeOf(attempt.attemptId) });
}
