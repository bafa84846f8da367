import { useEffect, useState } from 'react';

/** Whether the browser knows that there is no network. */
export function useOffline(): boolean {
  const [offline, setOffline] = useState(isOffline);
  useEffect(() => {
    const look = () => setOffline(isOffline());
    addEventListener('online', look);
    addEventListener('offline', look);
    return () => {
      removeEventListener('online', look);
      removeEventListener('offline', look);
    };
  }, []);
  return offline;
}

const isOffline = () => typeof navigator !== 'undefined' && 'onLine' in navigator && !navigator.onLine;
