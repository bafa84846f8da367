import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { expect } from 'vitest';
import { type TestDatabase, createDatabase } from './gateway.js';
import { freePort } from './ports.js';
import { type Addresses, cleanUpProcesses, makeFolder, spawnGateway } from './process.js';

/** A gateway in its own process, with measurements of what honest clients and the operator see while it is attacked. */
export interface AttackedGateway extends Addresses {
  port: number;
  /** Milliseconds that the start of a WhatsApp login takes for an honest client: the median of many. */
  honestMs(count?: number): Promise<number>;
  residentMb(): number;
  /** How many log lines name this event. */
  logged(event: string): number;
  /** How many guard events of this rule and network are written. */
  refusals(rule: string, network: string): Promise<number>;
  stop(): Promise<void>;
}

/**
 * With `isDirect`, it is in production without a proxy, and each client connects from its own loopback address.
 * Otherwise a proxy's header names the address of a client.
 */
export async function startAttacked({
  isDirect = false,
  env = {},
}: { isDirect?: boolean; env?: Record<string, string> } = {}): Promise<AttackedGateway> {
  const database: TestDatabase = await createDatabase();
  const port = await freePort();
  const direct = {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: `${port}`,
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    GATEWAY_SECRET: 'fHy3GAsbaZmwDQY5hNgT7Cj8ueWPpdVLFkXz',
    GREEN_API_WEBHOOK_TOKEN: 'fWx2Qm8LrT5vZc1NpYk7',
    WHATSAPP_NUMBER: '+77010000001',
  };
  const gateway = spawnGateway(makeFolder(), {
    env: {
      DATABASE_URL: database.url,
      GREEN_API_ID_INSTANCE: '1101000001',
      ...(isDirect ? direct : { PORT: `${port}`, TRUSTED_PROXY_HOPS: '1', ALLOW_UNSAFE_DEVELOPMENT: 'on' }),
      ...env,
    },
  });
  const addresses = await gateway.ready();
  let honest = 0;

  function honestOnce(): Promise<number> {
    honest += 1;
    const body = JSON.stringify({ query: 'mutation { startWhatsAppLogin { __typename } }' });
    const startedAt = performance.now();
    return new Promise((resolve, reject) => {
      const sent = request({
        port,
        host: '127.0.0.1',
        path: '/graphql',
        method: 'POST',
        agent: false,
        ...(isDirect ? { localAddress: `127.0.1.${(honest % 200) + 1}` } : {}),
        headers: {
          'content-type': 'application/json',
          'content-length': body.length,
          ...(isDirect ? {} : { 'x-forwarded-for': `198.51.100.${(honest % 200) + 1}` }),
        },
      });
      sent.once('error', reject);
      sent.once('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (more: string) => (text += more));
        response.once('end', () => {
          expect(JSON.parse(text)).toEqual({ data: { startWhatsAppLogin: { __typename: 'WhatsAppLogin' } } });
          resolve(performance.now() - startedAt);
        });
      });
      sent.end(body);
    });
  }

  return {
    ...addresses,
    port,
    async honestMs(count = 25) {
      const took: number[] = [];
      for (let index = 0; index < count; index += 1) took.push(await honestOnce());
      return took.toSorted((one, other) => one - other)[count >> 1] as number;
    },
    residentMb: () => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8'))?.[1]) / 1024,
    logged: (event) => gateway.stdout().split(`"event":"${event}"`).length - 1,
    async refusals(rule, network) {
      const [row] = await database.query<{ events: number }>(
        'SELECT coalesce(sum(count), 0)::int AS events FROM guard_events WHERE rule = $1 AND network = $2',
        [rule, network],
      );
      return row?.events ?? 0;
    },
    async stop() {
      await cleanUpProcesses();
      await database.drop();
    },
  };
}

/** Medians above this multiple of the quiet one are a failure; a quiet median is taken as at least 20 ms. */
export function expectUndisturbed({ quiet, during }: { quiet: number; during: number }): void {
  expect(during).toBeLessThan(10 * Math.max(quiet, 20));
}
