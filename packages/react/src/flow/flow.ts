import type { LoginAttempt, Phonegate, Storage } from '@phonegate/client';
import { type StoredLogin, createAttemptStore } from './attempt-store.js';
import { createAttemptWatcher } from './attempt-watcher.js';
import { prepareCaptchas } from './captcha.js';
import { createClaimer } from './claim.js';
import { type LoginRequests, createLoginRequests } from './requests.js';
import { createStartedHere } from './started-here.js';
import { createStateHolder } from './state-holder.js';
import { type LoginState, START, endingOf } from './state.js';

/** A login form without its looks. Continues after a reload and in other tabs where it was. */
export interface LoginFlow extends LoginRequests {
  state(): LoginState;
  subscribe(listener: (state: LoginState) => void): () => void;
  /** Takes what is in the field of the phone number. */
  setPhone(phone: string): void;
  /** Removes the message of the last request. */
  clearProblem(): void;
  /** Shows a step without sending a request. Drops a request that waits for the network. */
  goTo(step: LoginState['step']): void;
  /** Reads what is stored, and starts to watch the attempts and the other tabs. @returns how to stop */
  run(): () => void;
}

export function createLoginFlow(deps: {
  client: Phonegate;
  /** Default localStorage; `null` for none. */
  storage?: Storage | null | undefined;
  /** Called when a user has signed in. `here` is whether they did so in this tab. */
  onSignedIn?: ((here: boolean) => void) | undefined;
}): LoginFlow {
  const { client, onSignedIn } = deps;
  const key = `phonegate:login:${client.url}`;
  const store = createAttemptStore({ storage: deps.storage, key });
  const startedHere = createStartedHere();
  const state = createStateHolder({ store, onAttempts: watchAttempts });
  const watcher = createAttemptWatcher({ client, onChange: receive, onNotFound: removeAttempt });
  const { isVerifying, typedCode, ...requests } = createLoginRequests({
    client,
    state,
    startedHere,
    onDone: () => void claimer.claimCompleted(), // `receive` left it to the end of the request
  });
  const claimer = createClaimer({ client, state, removeAttempt, typedCode });
  let running = false;

  function watchAttempts(): void {
    if (running) watcher.update(state.get());
  }

  function load(stored: StoredLogin | undefined): void {
    state.load(stored);
    state.removeAttempts((attempt) => endingOf(attempt, client.now()) !== undefined);
    state.change({ signedIn: client.session.current() !== undefined });
    watchAttempts();
  }

  function receive(attempt: LoginAttempt): void {
    const { code, whatsapp, busy } = state.get();
    if (code?.attemptId === attempt.id) state.change({ code: { ...code, attempt } });
    if (whatsapp?.attemptId === attempt.id) state.change({ whatsapp: { ...whatsapp, attempt } });
    // The answer of verifyOtp, which may be on its way, needs no claim.
    if (!busy) void claimer.claimCompleted();
  }

  function removeAttempt(attemptId: string): void {
    const { code, whatsapp } = state.get();
    if (code?.attemptId === attemptId) state.share({ code: undefined, step: 'phone' });
    if (whatsapp?.attemptId === attemptId) state.share({ whatsapp: undefined, step: 'phone' });
  }

  function whenSignedIn(): void {
    const { code, whatsapp } = state.get();
    const isStartedHere = [code, whatsapp].some((login) => login && startedHere.has(login.attemptId));
    store.clear();
    state.change({ ...START, ready: true, signedIn: true });
    watchAttempts();
    onSignedIn?.(isVerifying() || (claimer.isClaiming() && isStartedHere));
  }

  return {
    ...requests,
    state: state.get,
    subscribe: state.subscribe,
    // The message, or the request that waits, was about another number.
    setPhone: (phone) => state.change({ phone, problem: undefined, waitingForNetwork: false }),
    clearProblem: () => state.change({ problem: undefined }),
    goTo(step) {
      state.change({ problem: undefined, waitingForNetwork: false });
      state.share({ step });
    },
    run() {
      running = true;
      prepareCaptchas(client);
      let wanted = true;
      const unsubscribe = client.session.subscribe((session) => {
        if (session) whenSignedIn();
        else if (state.get().signedIn) state.change({ ...START, ready: true });
      });
      const onStorage = (event: StorageEvent) => {
        const stored = event.key === key ? store.read() : undefined;
        if (stored && !(stored instanceof Promise)) state.takeOver(stored);
      };
      // React Native has a window without events.
      const hasTabs = typeof addEventListener === 'function';
      if (hasTabs) addEventListener('storage', onStorage);
      const stored = store.read();
      if (stored instanceof Promise) void stored.then((login) => wanted && load(login));
      else load(stored);
      return () => {
        running = false;
        wanted = false;
        state.change({ waitingForNetwork: false });
        unsubscribe();
        if (hasTabs) removeEventListener('storage', onStorage);
        watcher.stop();
      };
    },
  };
}
