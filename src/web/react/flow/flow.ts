import {
  type AttemptKey,
  type DeliveryChannel,
  type FailureReason,
  type LoginAttempt,
  type LoginAttemptStatus,
  type Phonegate,
  PhonegateError,
  type Storage,
} from '../../client/index.js';
import { latinDigits } from '../../locales/locale.js';
import { createKeeping } from './kept.js';
import {
  type CodeLogin,
  type Ending,
  type LoginState,
  type Problem,
  START,
  type WhatsAppLogin,
  endingOf,
} from './state.js';

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

interface Failure {
  __typename: string;
  code: string;
  message: string;
  triesLeft?: number;
  retryAfterSeconds?: number;
  status?: LoginAttemptStatus;
  failureReason?: FailureReason | null;
}

export function createLoginFlow(parts: { client: Phonegate; storage?: Storage | undefined; key?: string }): LoginFlow {
  const { client, storage, key = 'phonegate:login' } = parts;
  const keeping = createKeeping(storage, key);
  const listeners = new Set<(state: LoginState) => void>();
  const watched = new Map<string, AbortController>();
  let state: LoginState = { ...START, ...keeping.read() };
  let running = false;
  let claiming = false;

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
  async function ask(question: () => Promise<void>): Promise<void> {
    if (state.busy) return;
    change({ busy: true, problem: undefined });
    try {
      await question();
    } catch (error) {
      change({ problem: problemOf(error) });
    } finally {
      change({ busy: false });
    }
  }

  function refused({ code, message, triesLeft, retryAfterSeconds }: Failure): void {
    change({
      problem: {
        code,
        message,
        ...(triesLeft === undefined ? {} : { triesLeft }),
        ...(retryAfterSeconds === undefined ? {} : { retryAt: client.now() + retryAfterSeconds * 1000 }),
      },
    });
  }

  /** The same, of a code that may be worth nothing from now on. */
  function refusedFor(code: CodeLogin, answer: Failure): void {
    refused(answer);
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
      refused(answer);
      drop(proven.attemptId);
    } catch (error) {
      change({ problem: problemOf(error) });
      // For a minute the session can still be had.
      if (client.now() < proven.expiresAt + 60_000) setTimeout(() => void claimWhatIsProven(), 1_000);
    } finally {
      claiming = false;
    }
  }

  function whenSignedIn(): void {
    keeping.clear();
    change({ ...START, signedIn: true });
    watchAll();
  }

  /** What another tab has done: a code asked for there can be typed here. */
  function whenStored({ key: changed }: StorageEvent): void {
    if (changed !== key) return;
    const kept = keeping.read();
    if (!kept || state.signedIn) return;
    const attempted =
      kept.code?.attemptId !== state.code?.attemptId || kept.whatsapp?.attemptId !== state.whatsapp?.attemptId;
    change({ code: kept.code, whatsapp: kept.whatsapp, ...(attempted ? { step: kept.step, phone: kept.phone } : {}) });
    watchAll();
  }

  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    requestCode: (phone, channel) =>
      ask(async () => {
        const { code } = state;
        if (code && isSame(code.phone, phone) && !endingOf(code, client.now())) return changeForAll({ step: 'code' });
        change({ phone });
        const answer = await client.requestOtp({ phone, ...(channel ? { channel } : {}) });
        if (answer.__typename !== 'OtpRequested') return refused(answer);
        // A code on its way to a number that was mistyped goes no further.
        if (code && !isSame(code.phone, phone)) void client.cancelLogin(code).catch(() => {});
        changeForAll({ step: 'code', code: codeLogin(phone, answer) });
      }),
    resendCode: (channel) =>
      ask(async () => {
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
    async submitCode(typed) {
      await ask(async () => {
        const { code } = state;
        if (!code) return;
        const answer = await client.verifyOtp({ attemptId: code.attemptId, secret: code.secret, code: typed });
        if (answer.__typename !== 'Session') refusedFor(code, answer);
      });
      await claimWhatIsProven();
    },
    startWhatsApp: () =>
      ask(async () => {
        const { whatsapp } = state;
        if (whatsapp && !endingOf(whatsapp, client.now())) return changeForAll({ step: 'whatsapp' });
        const answer = await client.startWhatsAppLogin();
        if (answer.__typename === 'WhatsAppLogin') changeForAll({ step: 'whatsapp', whatsapp: whatsAppLogin(answer) });
        else refused(answer);
      }),
    goTo(step) {
      change({ problem: undefined });
      changeForAll({ step });
    },
    run() {
      running = true;
      // Attempts of an earlier visit that are over are of no use.
      const { code, whatsapp } = state;
      if (code && endingOf(code, client.now())) state = { ...state, code: undefined };
      if (whatsapp && endingOf(whatsapp, client.now())) state = { ...state, whatsapp: undefined };
      if (state.step !== 'phone' && !state[state.step]) state = { ...state, step: 'phone' };
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

type Answer<Call extends keyof Phonegate, Name extends string> = Phonegate[Call] extends (
  ...args: never
) => Promise<infer A>
  ? Extract<A, { __typename: Name }>
  : never;

function codeLogin(phone: string, answer: Answer<'requestOtp', 'OtpRequested'>): CodeLogin {
  const { attemptId, secret, maskedPhone, channel, channels, codeLength } = answer;
  const moments = { expiresAt: Date.parse(answer.expiresAt), resendAt: Date.parse(answer.resendAt) };
  return { attemptId, secret, phone, maskedPhone, channel, channels, codeLength, ...moments };
}

function whatsAppLogin(answer: Answer<'startWhatsAppLogin', 'WhatsAppLogin'>): WhatsAppLogin {
  const { attemptId, secret, loginMessage, qrPayload } = answer;
  return { attemptId, secret, loginMessage, qrPayload, expiresAt: Date.parse(answer.expiresAt) };
}

/** What an answer tells of the attempt it is about. */
function endedBy({ __typename, status, failureReason, triesLeft }: Failure): Ending | undefined {
  if (triesLeft === 0) return 'TOO_MANY_TRIES';
  if (__typename === 'AttemptNotFound') return 'EXPIRED';
  if (status === 'FAILED') return failureReason ?? 'CANCELED';
  return status === 'EXPIRED' || status === 'CANCELED' || status === 'CLAIMED' ? status : undefined;
}

/** Whether two spellings are the same but for spaces, dashes and the script of their digits. */
const isSame = (one: string, other: string) => bare(one) === bare(other);
const bare = (phone: string) => latinDigits(phone).replaceAll(/[^\d+]/g, '');

const codeOf = (error: unknown) => (error instanceof PhonegateError ? error.code : 'UNAVAILABLE');

function problemOf(error: unknown): Problem {
  const code = codeOf(error);
  return error instanceof PhonegateError && code !== 'NETWORK' && code !== 'UNAVAILABLE'
    ? { code, message: error.message }
    : { code };
}
