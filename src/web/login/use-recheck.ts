import { useEffect, useRef } from 'react';

/** A session that was ended elsewhere ends here within this time, while the page is visible. */
const RECHECK_MS = 30_000;

/**
 * Runs `check` when the user looks at the page, when the network is back, and every 30 seconds while the page is visible. `check`
 * asks the gateway as the user: if the gateway refuses, the client ends the session. An error of `check` is not shown.
 *
 * @param check must be the same function in every render: another one starts the 30 seconds again
 */
export function useRecheck(check: () => Promise<unknown>): void {
  const rechecking = useRef(false);
  useEffect(() => {
    const recheck = () => {
      if (rechecking.current || document.visibilityState !== 'visible') return;
      rechecking.current = true;
      void check()
        .catch(() => {})
        .finally(() => (rechecking.current = false));
    };
    const timer = setInterval(recheck, RECHECK_MS);
    const events = ['online', 'focus', 'pageshow', 'visibilitychange'];
    for (const event of events) addEventListener(event, recheck);
    return () => {
      clearInterval(timer);
      for (const event of events) removeEventListener(event, recheck);
    };
  }, [check]);
}
