import { useEffect, useState } from 'react';
import type { PhoneMessage } from './settings.js';

const RETRY_MS = 2_000;

/**
 * Tells what the gateway sent: first all there was, at once, then each as it comes. @returns whether it is connected.
 *
 * @param tell must stay the same function
 */
export function useMessages(tell: (messages: PhoneMessage[], isNew: boolean) => void): boolean {
  const [isConnected, setConnected] = useState(false);

  useEffect(() => {
    let source: EventSource;
    let retry: number | undefined;
    let wasReady = false;

    function connect() {
      let backlog: PhoneMessage[] | undefined = [];
      source = new EventSource('/dev/phone/messages');
      source.addEventListener('open', () => void (backlog = []));
      source.addEventListener('message', ({ data }) => {
        const message = JSON.parse(data) as PhoneMessage;
        if (backlog) backlog.push(message);
        else tell([message], true);
      });
      source.addEventListener('ready', () => {
        tell(backlog ?? [], wasReady);
        backlog = undefined;
        wasReady = true;
        setConnected(true);
      });
      source.addEventListener('error', () => {
        setConnected(false);
        // By itself it tries again where nobody answers, but not where the answer is an error: a gateway that starts.
        if (source.readyState === EventSource.CLOSED) retry = window.setTimeout(connect, RETRY_MS);
      });
    }

    connect();
    return () => {
      window.clearTimeout(retry);
      source.close();
    };
  }, [tell]);

  return isConnected;
}
