import { useEffect, useState } from 'react';
import type { Phonegate, SignedIn } from '@phonegate/client';

export interface SessionState {
  /** `loading` until it is known whether there is a session of an earlier visit. */
  status: 'loading' | 'signed-in' | 'signed-out';
  user: SignedIn['user'] | undefined;
  /** While `loading`: the error of the last try. It is retried. */
  problem: unknown;
  /** For requests to an API: valid for 30 seconds at least; `undefined` when nobody is signed in. */
  accessToken: () => Promise<string | undefined>;
  signOut: () => Promise<void>;
}

const RETRY_MS = 3_000;

/** The user's session. Without a network it stays `loading`, and tries again until there is one. */
export function useSession(client: Phonegate): SessionState {
  const { session } = client;
  const [known, setKnown] = useState(session.current() !== undefined);
  const [problem, setProblem] = useState<unknown>();
  const [current, setCurrent] = useState(session.current());
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let wanted = true;
    const restore = () =>
      session.restore().then(
        (found) => {
          if (!wanted) return;
          setCurrent(found);
          setKnown(true);
        },
        (error: unknown) => {
          if (!wanted) return;
          setProblem(error);
          timer = setTimeout(() => void restore(), RETRY_MS);
        },
      );
    const stop = session.subscribe((next) => {
      setCurrent(next);
      setKnown(true);
    });
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
    problem: current || known ? undefined : problem,
    accessToken: session.accessToken,
    signOut: session.signOut,
  };
}
