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
  client: Pick<Phonegate, 'claimLogin' | 'session' | 'now'>;
  state: StateHolder;
  removeAttempt: (attemptId: string) => void;
}): Claimer {
  const { client, state } = deps;
  let claiming = false;

  async function claimCompleted(): Promise<void> {
    const completed = completedAttempt(state.get());
    if (!completed || claiming || state.get().signedIn) return;
    claiming = true;
    try {
      const answer = await client.claimLogin(completed);
      // The session's subscribers, and so this form, learn of it from the session keeper.
      if (answer.__typename === 'Session' || (await client.session.restore())) return;
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

/** CLAIMED counts, too: the answer of an earlier claim may have been lost, and a claim can be repeated. */
function completedAttempt({ code, whatsapp }: LoginState) {
  return [code, whatsapp].find(
    (login) => login?.attempt?.status === 'COMPLETED' || login?.attempt?.status === 'CLAIMED',
  );
}
