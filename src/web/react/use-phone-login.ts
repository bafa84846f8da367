import { useEffect, useState } from 'react';
import type { Phonegate, Storage } from '../client/index.js';
import { type LoginFlow, createLoginFlow } from './flow/flow.js';
import type { LoginState } from './flow/state.js';

export type PhoneLogin = LoginState & Omit<LoginFlow, 'state' | 'subscribe' | 'run'>;

/**
 * A person's way in, for a form of one's own: what to show, and what they can do. It goes on where it was after a reload
 * and in other tabs. `onSignedIn` is told whether it was in this tab that somebody signed in. `storage` is where the attempts are kept until then: localStorage unless given, nothing for `null`.
 */
export function usePhoneLogin(
  client: Phonegate,
  options: { storage?: Storage | null; onSignedIn?: (here: boolean) => void } = {},
): PhoneLogin {
  const [flow] = useState(() =>
    createLoginFlow({ client, storage: storageOf(options.storage), onSignedIn: options.onSignedIn }),
  );
  const [state, setState] = useState(flow.state);
  useEffect(() => {
    const unsubscribe = flow.subscribe(setState);
    const stop = flow.run();
    setState(flow.state());
    return () => {
      unsubscribe();
      stop();
    };
  }, [flow]);
  const { requestCode, resendCode, submitCode, startWhatsApp, goTo } = flow;
  return { ...state, requestCode, resendCode, submitCode, startWhatsApp, goTo };
}

function storageOf(storage: Storage | null | undefined): Storage | undefined {
  try {
    return storage === undefined ? localStorage : (storage ?? undefined);
  } catch {
    return undefined; // forbidden, or rendered on a server
  }
}
