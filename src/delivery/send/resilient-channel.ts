import {
  CircuitState,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  ExponentialBackoff,
  TaskCancelledError,
  TimeoutStrategy,
  circuitBreaker,
  handleWhenResult,
  isBrokenCircuitError,
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
  failed,
} from '../channels/channel.js';

/** A channel that is asked with care: within a time, again only where nothing was sent, and not while it is known to be down. */
export interface ResilientChannel extends Omit<Channel, 'send' | 'refusal'> {
  /** Why it would take no message just now, as far as that is known without trying. */
  refusal(): Promise<Failed | undefined>;
  send(message: Message, withinMs: number): Promise<SendResult>;
  health(): ChannelHealth;
}

export interface ChannelHealth {
  breaker: 'closed' | 'half-open' | 'open';
  lastSuccessAt: Date | undefined;
  lastFailureAt: Date | undefined;
  lastFailure: SendFailure | undefined;
}

/** The account itself is refused: the next message would be too. (Green API's advice to its clients: a minute.) */
const OF_THE_ACCOUNT: ReadonlySet<SendFailure> = new Set([
  'authentication',
  'insufficient_credit',
  'account_restricted',
]);
const ACCOUNT_PAUSE_MS = 60_000;

/** The service is away. A few in a row, and others need not wait for it; soon after, one may look again. */
const OF_THE_SERVICE: ReadonlySet<SendFailure> = new Set([
  'channel_down',
  'timeout',
  'unknown',
  'sender_rejected', // a line that is not active, a template that is not approved: nobody is served until it is mended
  'template_rejected',
]);
const SERVICE_FAILURES = 5;
const SERVICE_PAUSE_MS = 10_000;

/** Only what was not sent is tried again: after about half a second, then up to a second and a half (Green API's advice). */
const RETRIES = 3;
const RETRY_BACKOFF = { initialDelay: 500, maxDelay: 1_500, exponent: 3 };

const PROBE_WAIT_MS = 1_000;
const PROBE_STEP_MS = 10;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const NOT_TRIED = failed('channel_down', 'not tried: it was down a moment ago');

export function makeResilient(
  channel: Channel,
  log: Log,
  pauses: { accountMs: number; serviceMs: number } = { accountMs: ACCOUNT_PAUSE_MS, serviceMs: SERVICE_PAUSE_MS },
): ResilientChannel {
  const again = retry(
    handleWhenResult((result) => isFailure(result) && result.retry),
    {
      maxAttempts: RETRIES,
      backoff: new ExponentialBackoff(RETRY_BACKOFF),
    },
  );
  const account = breaker(OF_THE_ACCOUNT, 1, pauses.accountMs);
  const service = breaker(OF_THE_SERVICE, SERVICE_FAILURES, pauses.serviceMs);
  for (const [name, one] of Object.entries({ account, service })) {
    one.onBreak(() => log.error({ event: 'channel.down', channel: channel.name, reason: name }));
    one.onReset(() => log.info({ event: 'channel.up', channel: channel.name, reason: name }));
  }
  const isProbed = () => [account, service].some(({ state }) => state === CircuitState.HalfOpen);
  /** After a pause one message looks whether the channel is back. Others wait for what it finds, but not for long. */
  async function isProbedFor(signal: AbortSignal): Promise<boolean> {
    const until = Date.now() + PROBE_WAIT_MS;
    while (isProbed() && !signal.aborted && Date.now() < until) await pause(PROBE_STEP_MS);
    return isProbed();
  }
  const health: Omit<ChannelHealth, 'breaker'> = {
    lastSuccessAt: undefined,
    lastFailureAt: undefined,
    lastFailure: undefined,
  };

  return {
    ...channel,
    refusal: async () => (stateOf(account, service) === 'closed' ? channel.refusal?.() : NOT_TRIED),
    health: () => ({ ...health, breaker: stateOf(account, service) }),
    async send(message, withinMs) {
      let last: SendResult | undefined;
      const tryOnce = async (signal: AbortSignal): Promise<SendResult> => {
        // Its time ran out between two tries, or while another one was the first to look after a pause.
        if (signal.aborted) throw new TaskCancelledError();
        last = undefined; // what an earlier try was answered says nothing of this one
        last = await channel.send(message, signal).catch((error: unknown) => {
          // A channel that keeps its word does not throw. What it says may hold the URL, and that the key.
          log.error({ event: 'channel.bug', channel: channel.name, name: error instanceof Error ? error.name : '' });
          return failed('unknown', 'a bug of ours');
        });
        return last;
      };
      const result = await timeout(withinMs, TimeoutStrategy.Aggressive)
        .execute(({ signal }) =>
          again.execute(
            async () =>
              (await isProbedFor(signal))
                ? NOT_TRIED
                : account.execute(() => service.execute(() => tryOnce(signal), signal), signal),
            signal,
          ),
        )
        .catch((error: unknown): Failed => {
          if (isBrokenCircuitError(error)) return asFailure(last) ?? NOT_TRIED;
          // Not by isTaskCancelledError: in cockatiel 3.2.1 it looks for another error's mark.
          if (error instanceof TaskCancelledError)
            return asFailure(last) ?? failed('timeout', `no answer within ${withinMs} ms`);
          throw error;
        });
      if (result.outcome === 'accepted') health.lastSuccessAt = new Date();
      else if (result !== NOT_TRIED) Object.assign(health, { lastFailureAt: new Date(), lastFailure: result.failure });
      return result;
    },
  };
}

function breaker(failures: ReadonlySet<SendFailure>, inARow: number, halfOpenAfter: number): CircuitBreakerPolicy {
  return circuitBreaker(
    handleWhenResult((result) => isFailure(result) && failures.has(result.failure)),
    { halfOpenAfter, breaker: new ConsecutiveBreaker(inARow) },
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
