import { useCallback, useState } from 'react';
import type { Phonegate } from '@phonegate/client';
import { useRecheck } from './use-recheck.js';

export type Device = Awaited<ReturnType<Phonegate['mySessions']>>[number];

/** The devices of the user, this one first. Every recheck loads them again. An error of `load` is the caller's. */
export function useDevices(client: Phonegate): { devices: Device[]; load: () => Promise<void> } {
  const [devices, setDevices] = useState<Device[]>([]);
  const load = useCallback(async () => {
    if (!client.session.current()) return;
    const loaded = await client.mySessions();
    setDevices(loaded.toSorted((one, other) => Number(other.current) - Number(one.current)));
  }, [client]);
  useRecheck(load);
  return { devices, load };
}
