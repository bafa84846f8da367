import { watchClock } from './clock-watch.js';
import type { Config } from './config/config.js';
import { warnOfInvalidIndexes } from './db/invalid-indexes.js';
import { createContextFactory } from './graphql/context.js';
import { createDocuments } from './graphql/documents.js';
import { createExecuteInTurn } from './graphql/execute-in-turn.js';
import { createGraphqlHandler } from './graphql/http.js';
import { schema as baseSchema } from './graphql/schema.js';
import { createOpenStreams } from './graphql/open-streams.js';
import { createSubgraph } from './graphql/subgraph.js';
import { createGraphqlSocketServer } from './graphql/websocket/socket-server.js';
import { CONNECTIONS_IN_TOTAL, CPU_MS_PER_CLIENT, operationsPerClient } from './guard/limits.js';
import { createNetworkBudget } from './guard/floods/network-budget.js';
import { createFairQueue } from './guard/floods/fair-queue.js';
import { createTotalCount } from './guard/floods/total-count.js';
import { createAccessCheck } from './http/access-check.js';
import { createOriginCheck } from './http/origins.js';
import { LIMITED_REQUESTS, createRoutes } from './http/routes/routes.js';
import type { HttpServer, RequestHandlers } from './http/server.js';
import { standardHeaders } from './http/standard-headers.js';
import { createProxyWatch } from './http/undeclared-proxy.js';
import { createUpgrade } from './http/upgrade.js';
import type { Log } from './log.js';
import { startNotifications } from './login/notifications/send-due.js';
import { startDeliveryTracking } from './login/otp/track-delivery.js';
import { startCountingHours } from './delivery/statistics/count-hours.js';
import { startCleanup } from './maintenance/cleanup.js';
import { startCreatingPartitions } from './maintenance/partitions.js';
import { createModules } from './modules.js';

export interface RunningGateway {
  handlers: RequestHandlers;
  /** The resources that the gateway holds for waiting clients; all zero when there are none. */
  waiting(): { sockets: number; topics: number; deadlines: number };
  /** From now on `/health/ready` answers 503, so that load balancers choose other instances. */
  announceShutdown(): void;
  /** Starts no more work in the background. */
  drain(): void;
  /** Closes every WebSocket (1001) and event stream within `overMs`, so that clients continue at other instances. */
  sendAway(overMs: number): Promise<void>;
  /** Closes the database and Redis. After that, no request can be answered. */
  close(): Promise<void>;
}

/**
 * The composition root: builds the modules, builds the GraphQL and HTTP servers on them, and starts the background
 * tasks.
 */
export async function createGateway(input: {
  config: Config;
  databaseUrl: string;
  server: Pick<HttpServer, 'refusals' | 'refuseUpgrade'>;
  log: Log;
}): Promise<RunningGateway> {
  const { config, log, server } = input;
  const { refusals, refuseUpgrade } = server;
  const modules = await createModules(input);
  const { bus, deadlines, delivery, login, pools, sessions } = modules;

  const schema = config.federation ? createSubgraph(baseSchema) : baseSchema;
  const documents = createDocuments(schema, config);
  const createContext = createContextFactory(modules);
  const isAllowedOrigin = createOriginCheck(config);
  const { production } = config;
  const cpuTime = createNetworkBudget({ ...CPU_MS_PER_CLIENT, production });
  const operations = createNetworkBudget({ ...operationsPerClient(config.clientOperationsPerSecond), production });
  const fairQueue = createFairQueue(cpuTime);
  const executeInTurn = createExecuteInTurn({ operations, production });
  const totalCount = createTotalCount(CONNECTIONS_IN_TOTAL);
  const limits = { cpuTime, operations, executeInTurn, totalCount, fairQueue };
  const graphqlDeps = { schema, documents, createContext, ...limits, log };
  const openStreams = createOpenStreams();
  const graphql = createGraphqlHandler({ ...graphqlDeps, openStreams, refusals, isAllowedOrigin, production });
  const { onRevoked } = sessions.revocations;
  const headers = standardHeaders(config);
  const sockets = createGraphqlSocketServer({
    ...graphqlDeps,
    onRevoked,
    deadlines,
    production,
    refuseUpgrade,
    headers,
  });

  const inBackground = { database: pools.background };
  void warnOfInvalidIndexes({ ...inBackground, log });
  const clock = watchClock({ ...inBackground, log });
  const deliveryTracking = startDeliveryTracking({ ...login, ...delivery, ...inBackground });
  const notifications = startNotifications({ ...login, ...inBackground });
  const stopCreatingPartitions = startCreatingPartitions({ ...inBackground, log });
  const stopCleanup = startCleanup({ ...modules, ...inBackground });
  const stopCountingHours = startCountingHours({ ...inBackground, log });
  let draining = false;
  const isDraining = () => draining;
  let tracked: Promise<void> | undefined;
  const stopTracking = () => (tracked ??= Promise.all([deliveryTracking.stop(), notifications.stop()]).then(() => {}));

  const proxyWatch = createProxyWatch(modules);
  const accessRefusal = createAccessCheck(config, isAllowedOrigin);
  const routes = createRoutes({ modules, deliveryTracking, proxyWatch, clock, isDraining });
  return {
    handlers: {
      routes: new Map([...routes.handlers, ['/graphql', graphql]]),
      limitedRequests: LIMITED_REQUESTS,
      refusal(request) {
        proxyWatch.observe(request);
        return accessRefusal(request);
      },
      upgrade: createUpgrade({ isAllowedOrigin, refuseUpgrade, open: sockets.open }),
      recordRefusal: (refused) => login.guardEvents.record({ ...refused, action: 'refused' }),
    },
    // The gateway itself subscribes to one topic, the revocations.
    waiting: () => ({ sockets: sockets.sockets(), topics: bus.topics() - 1, deadlines: deadlines.size }),
    announceShutdown: () => void (draining = true),
    drain() {
      draining = true;
      routes.drain();
      void stopTracking();
    },
    async sendAway(overMs) {
      await Promise.all([sockets.close(overMs), openStreams.close(overMs)]);
    },
    async close() {
      stopCreatingPartitions();
      stopCleanup();
      stopCountingHours();
      await clock.stop();
      await stopTracking();
      await modules.close();
    },
  };
}
