import { PhonegateError } from '../error.js';
import type { AttemptFragment, LoginAttemptStatus } from '../generated.js';
import { following, pause } from '../pause.js';
import type { Transport } from '../transport.js';
import { overPolling } from './polling.js';
import { overSse } from './sse.js';
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
/** A way that has worked gets this many more tries before the next one has its turn. */
const TRIES = 3;
const LONGEST_PAUSE_MS = 5_000;

/**
 * The present state of an attempt, then every change, until a final state. By WebSocket; by SSE where no socket comes
 * through; by asking, where neither does. Whatever breaks is begun again: the gateway tells the present state first, so
 * nothing is missed. Ends early only when the signal does.
 *
 * @throws PhonegateError ATTEMPT_NOT_FOUND
 */
export async function* watchLogin(
  attempt: AttemptKey,
  transport: Transport,
  signal: AbortSignal,
): AsyncGenerator<LoginAttempt, void, undefined> {
  let way = 0;
  let failures = 0;
  let told = '';
  while (!signal.aborted) {
    const round = following(signal);
    const stop = onWakeUp(() => round.abort());
    let works = false;
    try {
      for await (const state of (WAYS[way] as typeof overPolling)(attempt, transport, round.signal)) {
        works = true;
        failures = 0;
        const text = JSON.stringify(state);
        if (text !== told) yield state;
        told = text;
        if (isFinal(state)) return;
      }
      // The gateway ended it without a final state: it is being restarted.
    } catch (error) {
      if (error instanceof PhonegateError && error.code === 'ATTEMPT_NOT_FOUND') throw error;
    } finally {
      stop();
    }
    const woken = round.signal.aborted;
    round.abort();
    if (woken) continue;
    failures += 1;
    if (!works && (told === '' || failures > TRIES)) way = (way + 1) % WAYS.length;
    const wait = following(signal);
    const stopWaiting = onWakeUp(() => wait.abort());
    await pause(Math.min(LONGEST_PAUSE_MS, 250 * 2 ** failures) * (0.5 + Math.random() / 2), wait.signal);
    stopWaiting();
    wait.abort();
  }
}

/** The network is back, or the page is: whatever was open may be dead without a word. */
function onWakeUp(listener: () => void): () => void {
  if (typeof document === 'undefined') return () => {};
  const whenSeen = () => {
    if (document.visibilityState === 'visible') listener();
  };
  addEventListener('online', listener);
  addEventListener('pageshow', whenSeen);
  document.addEventListener('visibilitychange', whenSeen);
  return () => {
    removeEventListener('online', listener);
    removeEventListener('pageshow', whenSeen);
    document.removeEventListener('visibilitychange', whenSeen);
  };
}
