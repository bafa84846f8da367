import {
  CircuitState,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  ExponentialBackoff,
  TaskCancelledError,
  TimeoutStrategy,
  bulkhead,
  circuitBreaker,
  handleWhenResult,
  isBrokenCircuitError,
  isBulkheadRejectedError,
  retry,
  timeout,
} from 'cockatiel';
import type { Log } from '../../log.js';
import {
  type Channel,
  type Failed,
  type Message,
  type SendFailure,
  type SendResult,
  NOT_SENT_IN_TIME,
  failed,
  isOfOnePhone,
} from '../channels/channel.js';

/**
 * A channel with a time limit, with retries when nothing was sent, and with circuit breakers that spare a provider that
 * is down.
 */
export interface ResilientChannel extends Omit<Channel, 'send' | 'refusal'> {
  /** The reason why it would accept no message now, as far as that is known without sending one. */
  refusal(options?: { isLastWay: boolean }): Promise<Failed | undefined>;
  /** @param options.isLastWay no other channel follows, so a breaker of the service slows the message down and does not stop it */
  send(message: Message, withinMs: number, options?: { isLastWay: boolean }): Promise<SendResult>;
  health(): ChannelHealth;
}

export interface ChannelHealth {
  breaker: 'closed' | 'half-open' | 'open';
  lastSuccessAt: Date | undefined;
  lastFailureAt: Date | undefined;
  lastFailure: SendFailure | undefined;
}

/**
 * The provider refuses the account, so it would refuse the next message too. Green API advises clients to wait a
 * minute.
 */
const OF_THE_ACCOUNT: ReadonlySet<SendFailure> = new Set([
  'authentication',
  'insufficient_credit',
  'account_restricted',
]);
const ACCOUNT_PAUSE_MS = 60_000;

/** The service is down. After a few failures in a row, messages skip the channel; after a pause, one message probes it. */
const OF_THE_SERVICE: ReadonlySet<SendFailure> = new Set([
  'channel_down',
  'timeout',
  'unknown',
  'sender_rejected', // an inactive line or a template that is not approved fails every message until the operator fixes it
  'template_rejected',
]);
/** Whether a failure would meet any other message too: it is the fault of neither the client nor the number. */
export const isOfProvider = ({ failure }: Failed): boolean =>
  OF_THE_ACCOUNT.has(failure) || OF_THE_SERVICE.has(failure);

const SERVICE_FAILURES = 5;
const SERVICE_PAUSE_MS = 10_000;

/** A message is retried only if nothing was sent: after about 0.5 s, then after up to 1.5 s, as Green API advises. */
const RETRIES = 3;
const RETRY_BACKOFF = { initialDelay: 500, maxDelay: 1_500, exponent: 3 };

/**
 * While the breaker of the service is open, so many messages that have no other way are sent at the same time. The next ones wait
 * for their turn.
 */
const LAST_WAY_AT_ONCE = 5;
const LAST_WAY_WAITING = 200;

const PROBE_WAIT_MS = 1_000;
const PROBE_STEP_MS = 10;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const NOT_TRIED = failed('channel_down', 'not tried: it was down a moment ago');

interface ResilienceDeps {
  log: Log;
  /** How long an open breaker stays open. */
  pauses?: { accountMs: number; serviceMs: number };
}

export function makeResilient(
  channel: Channel,
  { log, pauses = { accountMs: ACCOUNT_PAUSE_MS, serviceMs: SERVICE_PAUSE_MS } }: ResilienceDeps,
): ResilientChannel {
  const retries = retry(
    handleWhenResult((result) => isFailure(result) && result.retry),
    {
      maxAttempts: RETRIES,
      backoff: new ExponentialBackoff(RETRY_BACKOFF),
    },
  );
  const account = breaker(OF_THE_ACCOUNT, 1, pauses.accountMs);
  const service = breaker(OF_THE_SERVICE, SERVICE_FAILURES, pauses.serviceMs);
  const inTurn = bulkhead(LAST_WAY_AT_ONCE, LAST_WAY_WAITING);
  for (const [reason, policy] of Object.entries({ account, service })) {
    policy.onBreak(() => log.error({ event: 'channel.down', channel: channel.name, reason }));
    policy.onReset(() => log.info({ event: 'channel.up', channel: channel.name, reason }));
  }
  const isProbed = () => [account, service].some(({ state }) => state === CircuitState.HalfOpen);
  /**
   * After the pause of a breaker, one message probes the channel. Other messages wait for its outcome, at most a
   * second.
   */
  async function isProbedFor(signal: AbortSignal): Promise<boolean> {
    const until = Date.now() + PROBE_WAIT_MS;
    while (isProbed() && !signal.aborted && Date.now() < until) await sleep(PROBE_STEP_MS);
    return isProbed();
  }
  const health: Omit<ChannelHealth, 'breaker'> = {
    lastSuccessAt: undefined,
    lastFailureAt: undefined,
    lastFailure: undefined,
  };

  return {
    ...channel,
    refusal: async ({ isLastWay } = { isLastWay: false }) =>
      stateOf(...(isLastWay ? [account] : [account, service])) === 'closed' ? channel.refusal?.() : NOT_TRIED,
    health: () => ({ ...health, breaker: stateOf(account, service) }),
    async send(message, withinMs, { isLastWay } = { isLastWay: false }) {
      let last: SendResult | undefined;
      let wasTried = false;
      const tryOnce = async (signal: AbortSignal): Promise<SendResult> => {
        // The time ran out between two tries, or while another message probed the channel.
        if (signal.aborted) throw new TaskCancelledError();
        last = undefined; // the answer to an earlier try does not apply to this one
        wasTried = true;
        last = await channel.send(message, signal).catch((error: unknown) => {
          // A channel must not throw. The message of its error may contain the provider's URL, and with it the API key.
          log.error({ event: 'channel.bug', channel: channel.name, name: error instanceof Error ? error.name : '' });
          return failed('unknown', 'a bug of ours');
        });
        return last;
      };
      const guarded = async (signal: AbortSignal): Promise<SendResult> => {
        const isProbed = await isProbedFor(signal);
        // A provider that refuses the account refuses this message too. One that did not answer may answer again.
        const isSlowed = isProbed || service.state === CircuitState.Open;
        if (isLastWay && isSlowed && account.state === CircuitState.Closed) {
          const result = await inTurn.execute(() => account.execute(() => tryOnce(signal), signal), signal);
          // Others wait for their turn, and the service has just failed several times.
          return isFailure(result) ? { ...result, retry: false } : result;
        }
        return isProbed ? NOT_TRIED : account.execute(() => service.execute(() => tryOnce(signal), signal), signal);
      };
      const result = await timeout(withinMs, TimeoutStrategy.Aggressive)
        .execute(({ signal }) => retries.execute(() => guarded(signal), signal))
        .catch((error: unknown): Failed => {
          if (isBrokenCircuitError(error) || isBulkheadRejectedError(error)) return asFailure(last) ?? NOT_TRIED;
          // Not isTaskCancelledError(), because in cockatiel 3.2.1 that function checks for the mark of another error.
          if (error instanceof TaskCancelledError)
            return (
              asFailure(last) ?? failed('timeout', wasTried ? `no answer within ${withinMs} ms` : NOT_SENT_IN_TIME)
            );
          throw error;
        });
      if (result.outcome === 'accepted') health.lastSuccessAt = new Date();
      else if (result !== NOT_TRIED) Object.assign(health, { lastFailureAt: new Date(), lastFailure: result.failure });
      return result;
    },
  };
}

function breaker(failures: ReadonlySet<SendFailure>, consecutive: number, halfOpenAfter: number): CircuitBreakerPolicy {
  return circuitBreaker(
    handleWhenResult((result) => isFailure(result) && failures.has(result.failure) && !isOfOnePhone(result)),
    { halfOpenAfter, breaker: new ConsecutiveBreaker(consecutive) },
  );
}

function isFailure(result: unknown): result is Failed {
  return (result as SendResult | undefined)?.outcome === 'failed';
}

function asFailure(result: SendResult | undefined): Failed | undefined {
  return isFailure(result) ? result : undefined;
}

function stateOf(...breakers: CircuitBreakerPolicy[]): ChannelHealth['breaker'] {
  const states = breakers.map(({ state }) => state);
  if (states.some((state) => state === CircuitState.Open || state === CircuitState.Isolated)) return 'open';
  return states.includes(CircuitState.HalfOpen) ? 'half-open' : 'closed';
}
