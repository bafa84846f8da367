import type { AttemptStore, StoredLogin } from './attempt-store.js';
import { type CodeLogin, type LoginState, START, type WhatsAppLogin } from './state.js';

export type StateListener = (state: LoginState) => void;

/** The state of one login form, and its subscribers. */
export interface StateHolder {
  get(): LoginState;
  /** Takes over what an earlier visit has stored, except for what the user has typed or started since. Calls no listener. */
  load(stored: StoredLogin | undefined): void;
  /** @returns how to stop */
  subscribe(listener: StateListener): () => void;
  /** Changes what this tab shows. */
  change(changes: Partial<LoginState>): void;
  /** Changes it for the other tabs and the next visit, too. */
  share(changes: Partial<LoginState>): void;
  /** Takes over what another tab has shared. */
  takeOver(stored: StoredLogin): void;
  /** Removes attempts, and leaves a step that shows one of them. Calls no listener. */
  removeAttempts(isOver: (attempt: CodeLogin | WhatsAppLogin) => boolean): void;
}

export function createStateHolder(deps: {
  store: AttemptStore;
  /** The attempts may be others than before. */
  onAttempts: () => void;
}): StateHolder {
  const { store } = deps;
  const listeners = new Set<StateListener>();
  let state = START;

  function change(changes: Partial<LoginState>): void {
    state = { ...state, ...changes };
    for (const listener of listeners) listener(state);
  }

  return {
    get: () => state,
    load(stored) {
      const isStarted = state.code !== undefined || state.whatsapp !== undefined;
      const login = isStarted ? undefined : stored;
      state = { ...state, ...login, phone: state.phone || (login?.phone ?? ''), ready: true };
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    change,
    share(changes) {
      change(changes);
      store.write(state);
      deps.onAttempts();
    },
    takeOver(stored) {
      if (state.signedIn) return;
      const isOther =
        stored.code?.attemptId !== state.code?.attemptId || stored.whatsapp?.attemptId !== state.whatsapp?.attemptId;
      change({
        code: stored.code,
        whatsapp: stored.whatsapp,
        ...(isOther ? { step: stored.step, phone: stored.phone, problem: undefined, waitingForNetwork: false } : {}),
      });
      deps.onAttempts();
    },
    removeAttempts(isOver) {
      const { code, whatsapp } = state;
      if (code && isOver(code)) state = { ...state, code: undefined };
      if (code && isOver(code) && state.phone === code.phone) state = { ...state, phone: '' };
      if (whatsapp && isOver(whatsapp)) state = { ...state, whatsapp: undefined };
      if (state.step !== 'phone' && !state[state.step]) state = { ...state, step: 'phone' };
      if (state.code || state.whatsapp) store.write(state);
      else store.clear();
    },
  };
}
