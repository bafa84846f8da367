import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { type RunningGateway, createGateway } from '../../src/gateway.js';
import { createHttpServer } from '../../src/http/server.js';
import { createLog } from '../../src/log.js';
import { type ShutdownTimes, shutDown } from '../../src/shutdown.js';

/** A gateway in this process, on a real port, with its log. */
export interface TestGateway {
  url: string;
  graphqlUrl: string;
  socketUrl: string;
  log: LogLine[];
  waiting: RunningGateway['waiting'];
  /** The code of an attempt, from the console channel. */
  codeOf(attemptId: string): string;
  /** Stops the gateway at once, or as a signal does. */
  stop(options?: Partial<ShutdownTimes>): Promise<void>;
}

export interface LogLine {
  event: string;
  reason?: string;
  [field: string]: unknown;
}

/** Shared by all test gateways, so that several on one database are one service. */
export const SECRET = 'fHy3GAsbaZmwDQY5hNgT7Cj8ueWPpdVLFkXz';
export const INSTANCE = 1101000001;

/** Shows the details of /health/ready on every test gateway. */
const HEALTH_TOKEN = 'GmJT7Dg8wfsbc2E4RQqMKBhv';

/** /health/ready, as the operator sees it. */
export function fetchHealth({ url }: { url: string }): Promise<Response> {
  return fetch(`${url}/health/ready`, { headers: { authorization: `Bearer ${HEALTH_TOKEN}` } });
}

export async function startGateway(env: Record<string, string>): Promise<TestGateway> {
  const config = loadConfig({
    PORT: '0',
    GATEWAY_SECRET: SECRET,
    HEALTH_TOKEN,
    GREEN_API_ID_INSTANCE: `${INSTANCE}`,
    // Most tests are not about these limits, and use few codes.
    UNVERIFIED_MESSAGES_PER_COUNTRY_PER_DAY: '1000000',
    SPEND_LIMIT_USD_PER_DAY: '100000',
    CAPTCHA: 'off',
    // It listens on 127.0.0.1, but some tests give it a public PUBLIC_URL, or are the proxy in front of it.
    ...(env['NODE_ENV'] === 'production' ? {} : { ALLOW_UNSAFE_DEVELOPMENT: 'on' }),
    ...env,
  });
  const databaseUrl = config.databaseUrl;
  if (!databaseUrl) throw new Error('A test gateway needs DATABASE_URL');
  const lines: LogLine[] = [];
  const log = createLog('debug', { write: (line: string) => void lines.push(JSON.parse(line) as LogLine) });
  const running = { ...config, publicUrl: env['PUBLIC_URL'] ? config.publicUrl : 'http://localhost:4000' };
  const server = createHttpServer(running, log);
  const gateway = await createGateway({ config: running, databaseUrl, server, log });
  const port = await server.listen(gateway.handlers);
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    graphqlUrl: `${url}/graphql`,
    socketUrl: `ws://127.0.0.1:${port}/graphql`,
    log: lines,
    waiting: () => gateway.waiting(),
    codeOf(attemptId) {
      const line = lines.findLast((entry) => entry.event === 'console.message' && entry['attemptId'] === attemptId);
      if (!line) throw new Error(`No code was sent for ${attemptId}`);
      return String(line['code']);
    },
    async stop({ delayMs = 0, graceMs = 0 } = {}) {
      await shutDown(gateway, server, { delayMs, graceMs });
      await gateway.close();
    },
  };
}

export interface TestDatabase {
  url: string;
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

/** A migrated database for one test file, copied quickly from the run's template. */
export async function createDatabase({ migrated = true } = {}): Promise<TestDatabase> {
  const name = `t_${randomUUID().replaceAll('-', '')}`;
  const serverUrl = inject('postgresUrl');
  await administer(serverUrl, `CREATE DATABASE ${name} ${migrated ? 'TEMPLATE migrated STRATEGY FILE_COPY' : ''}`);
  const url = serverUrl.replace(/\/postgres$/, `/${name}`);
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pool.on('error', () => {});
  return {
    url,
    query: async (text, values) => (await pool.query(text, values)).rows as never,
    async drop() {
      await pool.end();
      await administer(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** The connections on which this worker creates and drops databases: opening one costs more CPU time than the copy. */
const administrators = new Map<string, pg.Pool>();

async function administer(serverUrl: string, sql: string): Promise<void> {
  let pool = administrators.get(serverUrl);
  if (!pool) {
    pool = new pg.Pool({ connectionString: serverUrl, max: 2, allowExitOnIdle: true });
    pool.on('error', () => {}); // the server stops before the worker does
    administrators.set(serverUrl, pool);
  }
  await pool.query(sql);
}
