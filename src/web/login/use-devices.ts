import { useCallback, useEffect, useRef, useState } from 'react';
import type { Phonegate } from '@phonegate/client';

export type Device = Awaited<ReturnType<Phonegate['mySessions']>>[number];

/** A session that was ended elsewhere ends here within this time, while the page is visible. */
const RECHECK_MS = 30_000;

/**
 * The devices of the user, this one first. Loaded again when the page is looked at, and every 30 seconds while it is visible: if
 * the gateway refuses, the client ends the session. An error of `load` is the caller's; an error of a recheck is not shown.
 */
export function useDevices(client: Phonegate): { devices: Device[]; load: () => Promise<void> } {
  const [devices, setDevices] = useState<Device[]>([]);
  const load = useCallback(async () => {
    if (!client.session.current()) return;
    const loaded = await client.mySessions();
    setDevices(loaded.toSorted((one, other) => Number(other.current) - Number(one.current)));
  }, [client]);
  const rechecking = useRef(false);
  useEffect(() => {
    const recheck = () => {
      if (rechecking.current || document.visibilityState !== 'visible') return;
      rechecking.current = true;
      void load()
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
  }, [load]);
  return { devices, load };
}
