'use client';

import { useState } from 'react';
import type { Phonegate, SignedIn } from '@phonegate/client';
import { useBrowserEffect } from './use-browser-effect.js';

export interface SessionState {
  /** `loading` on a server and in the first render of a browser, then until it is known whether there is a session. */
  status: 'loading' | 'signed-in' | 'signed-out';
  /** `undefined` unless `signed-in`. */
  user: SignedIn['user'] | undefined;
  /** While `loading`: the PhonegateError of the last try. It is retried. `undefined` when there was none. */
  error: unknown;
  /**
   * For requests to an API: valid for 30 seconds at least; `undefined` when nobody is signed in.
   *
   * @throws PhonegateError NETWORK, UNAVAILABLE: the user stays signed in
   */
  accessToken: () => Promise<string | undefined>;
  /** @throws PhonegateError NETWORK, UNAVAILABLE: the user stays signed in */
  signOut: () => Promise<void>;
}

const RETRY_MS = 3_000;

/** The user's session, of this visit or an earlier one. Without a network it stays `loading`, and tries again until there is one. */
export function useSession({ session }: Pick<Phonegate, 'session'>): SessionState {
  const [{ known, current, error }, setState] = useState<{
    known: boolean;
    current?: SignedIn | undefined;
    error?: unknown;
  }>({
    known: false,
  });
  useBrowserEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let wanted = true;
    const show = (found: SignedIn | undefined) => {
      if (wanted) setState({ known: true, current: found });
    };
    const restore = () =>
      session.restore().then(show, (error: unknown) => {
        if (!wanted) return;
        setState((state) => (state.known ? state : { known: false, error }));
        timer = setTimeout(() => void restore(), RETRY_MS);
      });
    const stop = session.subscribe(show);
    if (session.current()) show(session.current());
    void restore();
    return () => {
      wanted = false;
      clearTimeout(timer);
      stop();
    };
  }, [session]);
  return {
    status: current ? 'signed-in' : known ? 'signed-out' : 'loading',
    user: current?.user,
    error,
    accessToken: session.accessToken,
    signOut: session.signOut,
  };
}
