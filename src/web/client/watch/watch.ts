import { PhonegateError } from '../error.js';
import type { AttemptFragment, LoginAttemptStatus } from '../generated.js';
import { following, pause } from '../pause.js';
import type { Transport } from '../transport.js';
import { onWakeUp } from '../on-resume.js';
import { overPolling } from './polling.js';
import { overSse } from './sse.js';
import { createChoice } from './transport-fallback.js';
import { overWebSocket } from './websocket.js';

export type LoginAttempt = AttemptFragment;

/** What lets a client see and use an attempt. The secret belongs in no URL. */
export interface AttemptKey {
  attemptId: string;
  secret: string;
}

/** After these only a new attempt, or claimLogin, leads on. */
const FINAL: ReadonlySet<LoginAttemptStatus> = new Set(['COMPLETED', 'CLAIMED', 'EXPIRED', 'CANCELED', 'FAILED']);

export const isFinal = ({ status }: LoginAttempt) => FINAL.has(status);

/** From the quickest to the one that passes everywhere. */
const WAYS = [overWebSocket, overSse, overPolling];
/** Who has told nothing by then is swallowed, or held back, by something on the way. Each failure gives the next one more. */
const TELLS_WITHIN_MS = 6_000;
const TELLS_AT_LAST_WITHIN_MS = 30_000;
const LONGEST_PAUSE_MS = 5_000;

/** What passes. To everything else that the gateway says no to, it will say no again. */
const PASSING: ReadonlySet<string> = new Set(['NETWORK', 'UNAVAILABLE', 'INTERNAL_SERVER_ERROR', 'TOO_MANY_STREAMS']);
const isLasting = (error: unknown) => error instanceof PhonegateError && !PASSING.has(error.code);

/**
 * The present state of an attempt, then every change, until a final state. By WebSocket; by SSE where no socket comes
 * through; by asking, where neither does. Whatever breaks is begun again: the gateway tells the present state first, so
 * nothing is missed. Ends early only when the signal does, or when it is left.
 *
 * @throws PhonegateError ATTEMPT_NOT_FOUND, and what else would not pass
 */
export function watchLogin(
  attempt: AttemptKey,
  transport: Transport,
  signal?: AbortSignal,
): AsyncGenerator<LoginAttempt, void, undefined> {
  const end = new AbortController();
  const states = follow(attempt, transport, end, signal);
  const { return: leave } = states;
  // A generator that waits for the next state would not hear before then that nobody wants it.
  states.return = (value) => {
    end.abort();
    return leave.call(states, value);
  };
  return states;
}

/** @param end aborted when all is said, and by whoever leaves */
async function* follow(
  attempt: AttemptKey,
  transport: Transport,
  end: AbortController,
  signal: AbortSignal | undefined,
): AsyncGenerator<LoginAttempt, void, undefined> {
  const choice = createChoice(WAYS.length);
  let round = following(end.signal);
  let woken = false;
  let told = '';
  const stopListening = onWakeUp(() => {
    woken = true;
    round.abort();
  });
  const leave = () => end.abort();
  end.signal.addEventListener('abort', () => {
    stopListening();
    signal?.removeEventListener('abort', leave);
  });
  signal?.addEventListener('abort', leave);
  if (signal?.aborted) leave();
  try {
    while (!end.signal.aborted) {
      round = following(end.signal);
      woken = false;
      let worked = false;
      let better = false;
      const deadline = setTimeout(
        () => round.abort(),
        Math.min(TELLS_AT_LAST_WITHIN_MS, TELLS_WITHIN_MS * (1 + choice.failures())),
      );
      try {
        for await (const state of (WAYS[choice.way()] as typeof overPolling)(attempt, transport, round.signal)) {
          clearTimeout(deadline);
          const text = JSON.stringify(state);
          if (text !== told) yield state;
          told = text;
          if (isFinal(state)) return;
          better = !worked && choice.worked();
          worked = true;
          if (better) break;
        }
        // When the gateway ends it without a final state, it is being restarted.
      } catch (error) {
        if (isLasting(error)) throw error;
      } finally {
        clearTimeout(deadline);
        round.abort();
      }
      if (woken || better) continue;
      choice.failed();
      round = following(end.signal);
      await pause(Math.min(LONGEST_PAUSE_MS, 250 * 2 ** choice.failures()) * (0.5 + Math.random() / 2), round.signal);
      round.abort();
    }
  } finally {
    end.abort();
  }
}
