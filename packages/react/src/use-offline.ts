import { useEffect, useState } from 'react';

/** Whether the browser reports that there is no network. */
export function useOffline(): boolean {
  const [offline, setOffline] = useState(isOffline);
  useEffect(() => {
    const update = () => setOffline(isOffline());
    addEventListener('online', update);
    addEventListener('offline', update);
    return () => {
      removeEventListener('online', update);
      removeEventListener('offline', update);
    };
  }, []);
  return offline;
}

const isOffline = () => typeof navigator !== 'undefined' && 'onLine' in navigator && !navigator.onLine;
