import type { Phonegate } from '@phonegate/client';
import { problemOf, problemOfRefusal } from './answers.js';
import { isOffline } from './network.js';
import type { StateHolder } from './state-holder.js';
import { type LoginState, endingOf } from './state.js';

export interface Claimer {
  /** Whether a claim is under way. */
  isClaiming(): boolean;
  /** Claims the attempt that is completed, if there is one and nobody is signed in. */
  claimCompleted(): Promise<void>;
}

const RETRY_MS = 1_000;

export function createClaimer(deps: {
  client: Pick<Phonegate, 'claimLogin' | 'verifyOtp' | 'session' | 'now'>;
  state: StateHolder;
  removeAttempt: (attemptId: string) => void;
  typedCode: (attemptId: string) => string | undefined;
}): Claimer {
  const { client, state } = deps;
  let claiming = false;

  /** A session that a code has opened is returned only for the code. */
  function claim(completed: Completed) {
    const code = completed.attempt?.status === 'CLAIMED' ? deps.typedCode(completed.attemptId) : undefined;
    return code === undefined ? client.claimLogin(completed) : client.verifyOtp({ ...completed, code });
  }

  async function claimCompleted(): Promise<void> {
    const completed = completedAttempt(state.get());
    if (!completed || claiming || state.get().signedIn) return;
    claiming = true;
    try {
      const answer = await claim(completed);
      // The session's subscribers, and so this form, learn of it from the session keeper. Another tab may have it.
      if (answer.__typename === 'Session' || (await client.session.restore())) return;
      // The user can type the code again.
      if (completed.attempt?.method === 'OTP' && completed.attempt.status === 'CLAIMED') return;
      deps.removeAttempt(completed.attemptId);
      state.change({ problem: problemOfRefusal('login', answer, client.now()) });
    } catch (error) {
      // Without a network the form says that it will continue, and it does.
      if (!isOffline()) state.change({ problem: problemOf(error, 'login') });
      if (!endingOf(completed, client.now())) setTimeout(() => void claimCompleted(), RETRY_MS);
    } finally {
      claiming = false;
    }
  }

  return { isClaiming: () => claiming, claimCompleted };
}

type Completed = NonNullable<LoginState['code'] | LoginState['whatsapp']>;

/** CLAIMED counts, too: the answer of an earlier claim may have been lost, and a claim can be repeated. */
function completedAttempt({ code, whatsapp }: LoginState): Completed | undefined {
  return [code, whatsapp].find(
    (login) => login?.attempt?.status === 'COMPLETED' || login?.attempt?.status === 'CLAIMED',
  );
}
