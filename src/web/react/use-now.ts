import { useEffect, useState } from 'react';
import type { Phonegate } from '../client/index.js';

/** The gateway's time, anew each second, for countdowns. */
export function useNow(client: Pick<Phonegate, 'now'>): number {
  const [now, setNow] = useState(client.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(client.now()), 1_000);
    return () => clearInterval(timer);
  }, [client]);
  return now;
}
