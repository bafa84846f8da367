import { afterAll, beforeAll, expect } from 'vitest';
import { startWhatsAppLogin } from '../../support/calls.js';
import { type Providers, startProviders } from '../../support/delivery.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../../support/gateway.js';

/** A gateway with all providers that is sent hostile inputs. */
export interface FuzzedGateway {
  readonly gateway: TestGateway;
  readonly database: TestDatabase;
  readonly providers: Providers;
  /** Rejects if the gateway has logged a bug, or that the database refused a statement, since the last call. */
  expectNoBug(): void;
  /** Rejects if the database has more sessions than this. */
  expectSessionsAtMost(count: number): Promise<void>;
  /** Rejects unless the gateway answers as before. */
  expectAnswers(): Promise<void>;
}

/** Starts a gateway before the tests of a file, and stops it afterwards. */
export function useFuzzedGateway(): FuzzedGateway {
  let gateway: TestGateway;
  let database: TestDatabase;
  let providers: Providers;

  beforeAll(async () => {
    [database, providers] = await Promise.all([createDatabase(), startProviders({ greenApi: { limits: false } })]);
    gateway = await startGateway({
      ...providers.env,
      DATABASE_URL: database.url,
      DELIVERY_ROUTES: '*=console',
      CLIENT_OPERATIONS_PER_SECOND: '100000',
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await providers.close();
    await database.drop();
  });

  return {
    get gateway() {
      return gateway;
    },
    get database() {
      return database;
    },
    get providers() {
      return providers;
    },
    expectNoBug() {
      // An input must not cause either: the database of the test is never down.
      const found = gateway.log.splice(0).filter(({ event }) => /\.(bug|storage_unavailable)$/.test(event));
      expect(found, 'log events').toEqual([]);
    },
    async expectSessionsAtMost(count) {
      const [row] = await database.query<{ sessions: number }>('SELECT count(*)::int AS sessions FROM sessions');
      expect(row?.sessions, 'sessions').toBeLessThanOrEqual(count);
    },
    async expectAnswers() {
      expect((await fetch(`${gateway.url}/health/live`)).status).toBe(200);
      expect((await startWhatsAppLogin(gateway.graphqlUrl)).__typename).toBe('WhatsAppLogin');
    },
  };
}
