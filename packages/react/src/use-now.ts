import { useEffect, useState } from 'react';
import type { Phonegate } from '@phonegate/client';

/** The gateway's time in milliseconds since 1970, updated each second for countdowns. */
export function useNow(client: Pick<Phonegate, 'now'>): number {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 1_000);
    return () => clearInterval(timer);
  }, [client]);
  return client.now();
}
