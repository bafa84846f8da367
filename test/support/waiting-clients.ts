import type { Client } from 'graphql-ws';
import { expect } from 'vitest';
import { type Result, deliverWebhook, incomingText, somePhone, startWhatsAppLogin } from './calls.js';
import type { TestGateway } from './gateway.js';
import { connectSocket, watchLogin } from './watch.js';

/** Two gateways of one service. Attempts change at `one`, and are watched at `other`. */
export interface Pair {
  one: Pick<TestGateway, 'url' | 'graphqlUrl'>;
  other: Pick<TestGateway, 'socketUrl'>;
  /** The sockets of the clients, for the end of the test. */
  clients: Client[];
}

export interface Waiting {
  attempt: Result;
  /** The final state, and when it arrived. */
  ended: Promise<{ status: string; at: number }>;
}

/** Attempts that are started at one gateway and watched at the other, ten per socket. Each watcher has received PENDING. */
export function startWatching({ one, other, clients }: Pair, count: number): Promise<Waiting[]> {
  const sockets = Array.from({ length: Math.ceil(count / 10) }, () => connectSocket(other.socketUrl));
  clients.push(...sockets);
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const attempt = await startWhatsAppLogin(one.graphqlUrl);
      const states = watchLogin(sockets[index % sockets.length] as Client, attempt);
      expect((await states.next()).value?.status).toBe('PENDING');
      const ended = (async () => {
        let last = 'nothing';
        for await (const { status } of states) last = status;
        return { status: last, at: performance.now() };
      })();
      ended.catch(() => {}); // a test that has failed does not wait for it
      return { attempt, ended };
    }),
  );
}

export async function complete({ one }: Pick<Pair, 'one'>, waiting: Waiting[]): Promise<void> {
  const statuses = await Promise.all(
    waiting.map(({ attempt }) => deliverWebhook(one.url, incomingText(attempt.loginMessage, somePhone()))),
  );
  expect(new Set(statuses)).toEqual(new Set([200]));
}

/** Every watcher receives COMPLETED. @returns the milliseconds from `since` to the last one. */
export async function allCompleted(waiting: Waiting[], since: number): Promise<number> {
  const ended = await Promise.all(waiting.map(({ ended }) => ended));
  expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(['COMPLETED']));
  return Math.max(...ended.map(({ at }) => at)) - since;
}
