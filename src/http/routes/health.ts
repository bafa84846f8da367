import { CLOCK_ADVICE } from '../../db/clock-skew.js';
import type { DatabaseState } from '../../db/check-writable.js';
import type { ChannelHealth } from '../../delivery/send/resilient-channel.js';
import type { Log } from '../../log.js';
import { readBearer } from '../read-bearer.js';
import { respondJson } from '../respond.js';
import { secretsEqual } from '../../secrets-equal.js';
import type { Handler } from '../server.js';
import { createSharedCheck } from './shared-check.js';

/** The database is asked at most this often, for all requests together. */
const CHECK_INTERVAL_MS = 1_000;

/** Answers 200 as long as the process runs. */
export const live: Handler = (_, response) => respondJson(response, 200, { status: 'ok' });

/**
 * Whether a load balancer should send requests to this instance. 503 without a database that accepts writes, and while
 * the instance shuts down. Without Redis the instance is only slower, and without a provider users can still sign in by another channel.
 *
 * Everybody learns the status. The details name providers and their failures, so only a request with the token of the
 * operator gets them. Without a token in the configuration nobody does: behind a proxy, a loopback address identifies
 * nobody.
 */
export function createReadyRoute(deps: {
  token: string | undefined;
  /** Never rejects. */
  checkDatabase: () => Promise<DatabaseState>;
  redis: () => 'up' | 'down' | 'not configured';
  /** Health of the channels by name, as this instance sees them. */
  channels: () => Record<string, ChannelHealth>;
  /** What keeps users from signing in, or from some ways to sign in, in words for the operator. */
  troubles?: () => Promise<string[]>;
  isProxyUndeclared: () => boolean;
  /** The seconds by which this machine is ahead of the database; undefined while both agree. */
  clockSkewSeconds: () => number | undefined;
  isDraining: () => boolean;
  log: Log;
  /** The time in milliseconds. */
  now?: () => number;
}): Handler {
  const { checkDatabase, log, now = () => performance.now() } = deps;
  let last: DatabaseState = 'up';
  const databaseState = createSharedCheck(
    async () => {
      const state = await checkDatabase();
      if (state !== last) log.warn({ event: 'database.state_changed', from: last, to: state });
      return (last = state);
    },
    { intervalMs: CHECK_INTERVAL_MS, now },
  );

  function isOperator(authorization: string | undefined): boolean {
    const shown = readBearer(authorization);
    return shown !== undefined && deps.token !== undefined && secretsEqual(shown, deps.token);
  }

  return async (request, response) => {
    const database = await databaseState();
    const redis = deps.redis();
    const draining = deps.isDraining();
    const channels = deps.channels();
    const undeclaredProxy = deps.isProxyUndeclared();
    const reasons = (await deps.troubles?.()) ?? [];
    const clockSkew = deps.clockSkewSeconds();
    const ready = database === 'up' && !draining;
    const degraded =
      redis === 'down' ||
      undeclaredProxy ||
      reasons.length > 0 ||
      clockSkew !== undefined ||
      Object.values(channels).some(({ breaker }) => breaker !== 'closed');
    const status = draining ? 'draining' : !ready ? 'down' : degraded ? 'degraded' : 'ok';
    const details = {
      database,
      redis,
      channels,
      ...(undeclaredProxy ? { proxy: 'undeclared' } : {}),
      ...(reasons.length > 0 ? { reasons } : {}),
      ...(clockSkew === undefined ? {} : { clock: { secondsAhead: clockSkew, advice: CLOCK_ADVICE } }),
    };
    respondJson(response, ready ? 200 : 503, {
      status,
      ...(isOperator(request.headers.authorization) ? details : {}),
    });
  };
}
