import type { AttemptKey, DeliveryChannel, LoginAttempt, Phonegate, Storage } from '../../client/index.js';
import {
  type Failure,
  bare,
  codeLogin,
  codeOf,
  endedBy,
  problemOf,
  problemOfRefusal,
  whatsAppLogin,
} from './answers.js';
import { createBegunHere, createKeeping } from './attempt-store.js';
import { type CodeLogin, type LoginState, type Problem, START, endingOf } from './state.js';

/** A person's way in, with no word of how it looks. It goes on after a reload and in other tabs where it was. */
export interface LoginFlow {
  state(): LoginState;
  subscribe(listener: (state: LoginState) => void): () => void;
  /** Asks for a code; one that was asked for already, and still works, is not asked for twice. */
  requestCode(phone: string, channel?: DeliveryChannel): Promise<void>;
  resendCode(channel?: DeliveryChannel): Promise<void>;
  submitCode(code: string): Promise<void>;
  /** Shows the QR: the one that waits, or else a new one. */
  startWhatsApp(): Promise<void>;
  /** Goes to a step without asking for anything. */
  goTo(step: LoginState['step']): void;
  /** Begins to watch, here and what other tabs do. @returns how to stop. */
  run(): () => void;
}

export function createLoginFlow(parts: {
  client: Phonegate;
  storage?: Storage | undefined;
  /** Calls when somebody has signed in, and whether it was in this tab that they did. */
  onSignedIn?: ((here: boolean) => void) | undefined;
}): LoginFlow {
  const { client, storage, onSignedIn } = parts;
  const key = `phonegate:login:${client.url}`;
  const keeping = createKeeping(storage, key);
  const begunHere = createBegunHere();
  const listeners = new Set<(state: LoginState) => void>();
  const watched = new Map<string, AbortController>();
  let state: LoginState = { ...START, ...keeping.read() };
  let running = false;
  let claiming = false;
  let verifying = false;

  function change(changes: Partial<LoginState>): void {
    state = { ...state, ...changes };
    for (const listener of listeners) listener(state);
  }

  /** A change that every tab and the next visit should know of. */
  function changeForAll(changes: Partial<LoginState>): void {
    change(changes);
    keeping.write(state);
    watchAll();
  }

  /** One question at a time; what goes wrong is shown, and nothing is lost. */
  async function ask(of: Problem['of'], question: () => Promise<void>): Promise<void> {
    if (state.busy) return;
    change({ busy: true, problem: undefined });
    try {
      await question();
    } catch (error) {
      change({ problem: problemOf(error, of) });
    } finally {
      change({ busy: false });
      void claimWhatIsProven(); // which waited for this
    }
  }

  const refused = (of: Problem['of'], answer: Failure) =>
    change({ problem: problemOfRefusal(of, answer, client.now()) });

  /** The same, of a code that may be worth nothing from now on. */
  function refusedFor(code: CodeLogin, answer: Failure): void {
    refused('code', answer);
    const ended = endedBy(answer);
    if (ended && state.code?.attemptId === code.attemptId) changeForAll({ code: { ...state.code, ended } });
  }

  function watchAll(): void {
    const attempts = [state.code, state.whatsapp].filter((login) => login !== undefined);
    for (const [attemptId, controller] of watched) {
      if (attempts.some((login) => login.attemptId === attemptId)) continue;
      controller.abort();
      watched.delete(attemptId);
    }
    if (!running || state.signedIn) return;
    for (const login of attempts) {
      if (watched.has(login.attemptId) || endingOf(login, client.now())) continue;
      const controller = new AbortController();
      watched.set(login.attemptId, controller);
      void watch(login, controller.signal);
    }
  }

  async function watch(login: AttemptKey, signal: AbortSignal): Promise<void> {
    try {
      for await (const attempt of client.watchLogin(login, signal)) heard(attempt);
    } catch (error) {
      // It is not there (any more): a database that was set back, or something that only looked like ours.
      if (!signal.aborted && codeOf(error) === 'ATTEMPT_NOT_FOUND') drop(login.attemptId);
    }
  }

  function heard(attempt: LoginAttempt): void {
    const { code, whatsapp } = state;
    if (code?.attemptId === attempt.id) change({ code: { ...code, attempt } });
    if (whatsapp?.attemptId === attempt.id) change({ whatsapp: { ...whatsapp, attempt } });
    // What verifyOtp is about to answer need not be claimed as well.
    if (!state.busy) void claimWhatIsProven();
  }

  function drop(attemptId: string): void {
    if (state.code?.attemptId === attemptId) changeForAll({ code: undefined, step: 'phone' });
    if (state.whatsapp?.attemptId === attemptId) changeForAll({ whatsapp: undefined, step: 'phone' });
  }

  /** The proof has come, by whatever way; or it has, and the answer was lost. */
  async function claimWhatIsProven(): Promise<void> {
    const proven = [state.code, state.whatsapp].find(
      (login) => login?.attempt?.status === 'COMPLETED' || login?.attempt?.status === 'CLAIMED',
    );
    if (!proven || claiming || state.signedIn) return;
    claiming = true;
    try {
      const answer = await client.claimLogin(proven);
      if (answer.__typename === 'Session' || (await client.session.restore())) return; // the keeper tells everybody
      drop(proven.attemptId);
      refused('login', answer);
    } catch (error) {
      change({ problem: problemOf(error, 'login') });
      if (!endingOf(proven, client.now())) setTimeout(() => void claimWhatIsProven(), 1_000);
    } finally {
      claiming = false;
    }
  }

  function whenSignedIn(): void {
    const isOurs = [state.code, state.whatsapp].some((login) => login && begunHere.has(login.attemptId));
    keeping.clear();
    change({ ...START, signedIn: true });
    watchAll();
    onSignedIn?.(verifying || (claiming && isOurs));
  }

  /** What another tab has done: a code asked for there can be typed here. */
  function whenStored({ key: changed }: StorageEvent): void {
    if (changed !== key) return;
    const kept = keeping.read();
    if (!kept || state.signedIn) return;
    const attempted =
      kept.code?.attemptId !== state.code?.attemptId || kept.whatsapp?.attemptId !== state.whatsapp?.attemptId;
    change({
      code: kept.code,
      whatsapp: kept.whatsapp,
      ...(attempted ? { step: kept.step, phone: kept.phone, problem: undefined } : {}),
    });
    watchAll();
  }

  /** Whether two spellings are of one number: to the eye, or else as the gateway reads them. */
  async function secretsEqual(one: string, other: string): Promise<boolean> {
    if (bare(one) === bare(other)) return true;
    const [first, second] = await Promise.all([one, other].map((phone) => client.recognizePhone(phone)));
    return first?.complete === true && first.international === second?.international;
  }

  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    requestCode: (phone, channel) =>
      ask('login', async () => {
        const { code } = state;
        if (code && !endingOf(code, client.now()) && (await secretsEqual(code.phone, phone)))
          return changeForAll({ step: 'code' });
        change({ phone });
        const answer = await client.requestOtp({ phone, ...(channel ? { channel } : {}) });
        if (answer.__typename !== 'OtpRequested') return refused('login', answer);
        // A code on its way to a number that was mistyped goes no further.
        if (code && code.maskedPhone !== answer.maskedPhone) void client.cancelLogin(code).catch(() => {});
        begunHere.add(answer.attemptId);
        changeForAll({ step: 'code', code: codeLogin(phone, answer) });
      }),
    resendCode: (channel) =>
      ask('code', async () => {
        const { code } = state;
        if (!code) return;
        const { attemptId, secret } = code;
        const answer = await client.resendOtp({ attemptId, secret, ...(channel ? { channel } : {}) });
        if (answer.__typename === 'OtpRequested')
          return changeForAll({ code: { ...codeLogin(code.phone, answer), attempt: state.code?.attempt } });
        if (answer.__typename === 'RateLimited')
          changeForAll({ code: { ...code, resendAt: client.now() + answer.retryAfterSeconds * 1000 } });
        refusedFor(code, answer);
      }),
    submitCode: (typed) =>
      ask('code', async () => {
        const { code } = state;
        if (!code) return;
        verifying = true;
        try {
          const answer = await client.verifyOtp({ attemptId: code.attemptId, secret: code.secret, code: typed });
          if (answer.__typename !== 'Session') refusedFor(code, answer);
        } finally {
          verifying = false;
        }
      }),
    startWhatsApp: () =>
      ask('login', async () => {
        const { whatsapp } = state;
        if (whatsapp && !endingOf(whatsapp, client.now())) return changeForAll({ step: 'whatsapp' });
        const answer = await client.startWhatsAppLogin();
        if (answer.__typename !== 'WhatsAppLogin') return refused('login', answer);
        begunHere.add(answer.attemptId);
        changeForAll({ step: 'whatsapp', whatsapp: whatsAppLogin(answer) });
      }),
    goTo(step) {
      change({ problem: undefined });
      changeForAll({ step });
    },
    run() {
      running = true;
      // Attempts of an earlier visit that are over are of no use.
      const { code, whatsapp } = state;
      if (code && endingOf(code, client.now())) state = { ...state, code: undefined, phone: '' };
      if (whatsapp && endingOf(whatsapp, client.now())) state = { ...state, whatsapp: undefined };
      if (state.step !== 'phone' && !state[state.step]) state = { ...state, step: 'phone' };
      if (state.code || state.whatsapp) keeping.write(state);
      else keeping.clear();
      const stop = client.session.subscribe((session) => {
        if (session) whenSignedIn();
        else if (state.signedIn) change(START);
      });
      if (typeof window !== 'undefined') window.addEventListener('storage', whenStored);
      change({ signedIn: client.session.current() !== undefined });
      watchAll();
      return () => {
        running = false;
        stop();
        if (typeof window !== 'undefined') window.removeEventListener('storage', whenStored);
        for (const controller of watched.values()) controller.abort();
        watched.clear();
      };
    },
  };
}
