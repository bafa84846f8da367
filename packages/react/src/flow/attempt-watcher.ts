import type { AttemptKey, LoginAttempt, Phonegate } from '@phonegate/client';
import { codeOf } from './answers.js';
import { type LoginState, endingOf } from './state.js';

/** Watches the attempts of a login form while it is shown. */
export interface AttemptWatcher {
  /** Starts to watch the attempts of the state, and stops to watch all others. */
  update(state: Pick<LoginState, 'code' | 'whatsapp' | 'signedIn'>): void;
  stop(): void;
}

export function createAttemptWatcher(deps: {
  client: Pick<Phonegate, 'watchLogin' | 'now'>;
  onChange: (attempt: LoginAttempt) => void;
  /** The gateway has no such attempt: its database was restored, or storage holds another program's value. */
  onNotFound: (attemptId: string) => void;
}): AttemptWatcher {
  const { client } = deps;
  const watched = new Map<string, AbortController>();

  async function watch(attempt: AttemptKey, signal: AbortSignal): Promise<void> {
    try {
      for await (const current of client.watchLogin(attempt, signal)) deps.onChange(current);
    } catch (error) {
      if (!signal.aborted && codeOf(error) === 'ATTEMPT_NOT_FOUND') deps.onNotFound(attempt.attemptId);
    }
  }

  return {
    update({ code, whatsapp, signedIn }) {
      const attempts = [code, whatsapp].filter((login) => login !== undefined);
      for (const [attemptId, controller] of watched) {
        if (attempts.some((login) => login.attemptId === attemptId)) continue;
        controller.abort();
        watched.delete(attemptId);
      }
      if (signedIn) return;
      for (const login of attempts) {
        if (watched.has(login.attemptId) || endingOf(login, client.now())) continue;
        const controller = new AbortController();
        watched.set(login.attemptId, controller);
        void watch(login, controller.signal);
      }
    },
    stop() {
      for (const controller of watched.values()) controller.abort();
      watched.clear();
    },
  };
}
