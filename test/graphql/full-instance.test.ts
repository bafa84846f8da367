import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createDocuments } from '../../src/graphql/documents.js';
import type { GraphqlContext } from '../../src/graphql/context.js';
import { createOpenStreams } from '../../src/graphql/open-streams.js';
import { createExecuteInTurn } from '../../src/graphql/execute-in-turn.js';
import { createGraphqlHandler } from '../../src/graphql/http.js';
import { schema } from '../../src/graphql/schema.js';
import { createFairQueue } from '../../src/guard/floods/fair-queue.js';
import type { GuardEvent } from '../../src/guard/events/guard-event.js';
import { createNetworkBudget } from '../../src/guard/floods/network-budget.js';
import { createTotalCount } from '../../src/guard/floods/total-count.js';
import { createRefusals } from '../../src/http/refusals.js';
import { SILENT } from '../sessions/gateway-key.js';

let server: Server;
afterEach(() => void server.close());

test('an instance that is full refuses a stream with 503, and records it as a guard event', async () => {
  const events: GuardEvent[] = [];
  const context = {
    client: { ip: '203.0.113.7' },
    login: { guardEvents: { record: (event: GuardEvent) => void events.push(event) } },
  } as unknown as GraphqlContext;
  const cpuTime = createNetworkBudget({ perSecond: 20, burst: 500, production: true });
  const handler = createGraphqlHandler({
    schema,
    documents: createDocuments(schema, { production: true }),
    createContext: () => context,
    isAllowedOrigin: () => true,
    production: true,
    fairQueue: createFairQueue(cpuTime),
    cpuTime,
    operations: cpuTime,
    executeInTurn: createExecuteInTurn({ operations: cpuTime, production: true }),
    totalCount: createTotalCount(0),
    openStreams: createOpenStreams(),
    refusals: createRefusals({ production: true }),
    log: SILENT,
  });
  server = createServer((request, response) => void handler(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/graphql?query={__typename}`);
  expect([answer.status, await answer.json()]).toEqual([503, { error: 'UNAVAILABLE' }]);
  expect(events).toEqual([{ rule: 'sockets', action: 'refused', ip: '203.0.113.7' }]);
});
