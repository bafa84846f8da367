import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AttackedGateway, startAttacked } from '../support/attacked-gateway.js';

let gateway: AttackedGateway;

beforeAll(async () => {
  gateway = await startAttacked();
});
afterAll(() => gateway.stop());

/** Sends the same document on many connections until `end` is called, each time from the next address. */
function flood(
  query: string,
  { connections, addressAt }: { connections: number; addressAt: (index: number) => string },
) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const body = JSON.stringify({ query });
  let sent = 0;
  let executed = 0;
  const over = new AbortController();
  function post(): Promise<void> {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'x-forwarded-for': addressAt(sent++),
    };
    return new Promise((resolve) => {
      const posted = request({
        port: gateway.port,
        host: '127.0.0.1',
        path: '/graphql',
        method: 'POST',
        agent,
        headers,
      });
      posted.once('error', () => resolve());
      posted.once('response', (response) => {
        if (response.statusCode === 200) executed += 1;
        response.resume().once('close', () => resolve());
      });
      posted.end(body);
    });
  }
  const running = Promise.all(
    Array.from({ length: connections }, async () => {
      while (!over.signal.aborted) await Promise.race([post(), sleep(2_000)]);
    }),
  );
  return {
    /** How many documents of the flood are executed before `honest` has its answer. */
    async executedBefore(honest: () => Promise<unknown>): Promise<number> {
      const before = executed;
      await honest();
      return executed - before;
    },
    async end() {
      over.abort();
      agent.destroy();
      await running;
    },
  };
}

/** Without turns, 200 to 600 documents are executed before an honest request has its answer; with turns, fewer than 50. */
const MOST_EXECUTED = 100;
const READS = 14;
const aliasedReads = `{ ${Array.from({ length: READS }, (_, index) => `a${index}: loginAttempt(attemptId: "01a224af-4691-716e-b170-ec758731${1000 + index}", secret: "x") { id }`).join(' ')} }`;

async function isLive(): Promise<void> {
  expect((await fetch(`${gateway.url}/health/live`)).status).toBe(200);
}

const median = (numbers: number[]) => numbers.toSorted((one, other) => one - other)[numbers.length >> 1] as number;

// Counts what the flood gets done meanwhile, not the time, which depends on what else the machine does.
test.each([
  ['the /64 networks of one /56 of IPv6', (index: number) => `2001:db8:0:${(index % 256).toString(16)}::1`],
  ['one address', () => '203.0.113.9'],
])(
  'a known document of many reads, sent from %s, delays neither others nor /health/live',
  { timeout: 60_000 },
  async (_, addressAt) => {
    await gateway.honestMs();
    const attack = flood(aliasedReads, { connections: 60, addressAt });
    await sleep(200);
    // At the same time, so that a backlog delays all of them.
    const together = await Promise.all(
      Array.from({ length: 5 }, () => attack.executedBefore(() => gateway.honestMs(1))),
    );
    const live = await attack.executedBefore(isLive);
    await attack.end();
    expect(median(together)).toBeLessThan(MOST_EXECUTED);
    expect(live).toBeLessThan(MOST_EXECUTED);
  },
);
