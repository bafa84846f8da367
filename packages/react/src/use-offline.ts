import { useState } from 'react';
import { isOffline } from './flow/network.js';
import { useBrowserEffect } from './use-browser-effect.js';

/** Whether the browser reports that there is no network. `false` on a server and in the first render. */
export function useOffline(): boolean {
  const [offline, setOffline] = useState(false);
  useBrowserEffect(() => {
    if (typeof addEventListener === 'undefined') return; // React Native
    const update = () => setOffline(isOffline());
    update();
    addEventListener('online', update);
    addEventListener('offline', update);
    return () => {
      removeEventListener('online', update);
      removeEventListener('offline', update);
    };
  }, []);
  return offline;
}
