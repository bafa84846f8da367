import { useEffect, useState } from 'react';
import type { Phonegate, Storage } from '@phonegate/client';
import { type LoginFlow, createLoginFlow } from './flow/flow.js';
import type { LoginState } from './flow/state.js';

export type PhoneLogin = LoginState & Omit<LoginFlow, 'state' | 'subscribe' | 'run'>;

/**
 * State and actions for a login form of your own. Continues where it was after a reload and in other tabs. `onSignedIn` is
 * given whether the user signed in in this tab. `storage` keeps the attempts until then: default localStorage, `null` for
 * nowhere.
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
