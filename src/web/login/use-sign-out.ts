import { useCallback, useEffect, useRef, useState } from 'react';
import type { Phonegate } from '@phonegate/client';

/** Signs out, and tells a session that a button of this page ended from one that ended elsewhere: revoked, blocked or expired. */
export function useSignOut(client: Phonegate): { signOut: () => Promise<void>; wasSignedOut: boolean } {
  const isOwn = useRef(false);
  const [wasSignedOut, setWasSignedOut] = useState(false);
  useEffect(() => {
    const stop = [
      client.session.onSignedOut(() => setWasSignedOut(!isOwn.current)),
      client.session.subscribe((session) => session && setWasSignedOut(false)),
    ];
    return () => {
      for (const each of stop) each();
    };
  }, [client]);
  const signOut = useCallback(async () => {
    isOwn.current = true;
    try {
      await client.session.signOut();
    } finally {
      isOwn.current = false;
    }
  }, [client]);
  return { signOut, wasSignedOut };
}
