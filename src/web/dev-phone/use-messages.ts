import { useEffect, useState } from 'react';
import type { PhoneMessage } from './settings.js';

const RETRY_MS = 2_000;

/**
 * Calls with the messages that the gateway sent: first all earlier ones in one call, then each as it arrives.
 *
 * @param path the path of PUBLIC_URL
 * @param onMessages must stay the same function. `isNew` is false for the first call
 * @returns whether the page is connected
 */
export function useMessages(onMessages: (messages: PhoneMessage[], isNew: boolean) => void, path: string): boolean {
  const [isConnected, setConnected] = useState(false);

  useEffect(() => {
    let source: EventSource;
    let retry: number | undefined;
    let wasReady = false;

    function connect() {
      let backlog: PhoneMessage[] | undefined = [];
      source = new EventSource(`${path}/dev/phone/messages`);
      source.addEventListener('open', () => void (backlog = []));
      source.addEventListener('message', ({ data }) => {
        const message = JSON.parse(data) as PhoneMessage;
        if (backlog) backlog.push(message);
        else onMessages([message], true);
      });
      source.addEventListener('ready', () => {
        onMessages(backlog ?? [], wasReady);
        backlog = undefined;
        wasReady = true;
        setConnected(true);
      });
      source.addEventListener('error', () => {
        setConnected(false);
        // EventSource retries a lost connection by itself, but not after an HTTP error, as of a gateway that starts.
        if (source.readyState === EventSource.CLOSED) retry = window.setTimeout(connect, RETRY_MS);
      });
    }

    connect();
    return () => {
      window.clearTimeout(retry);
      source.close();
    };
  }, [onMessages, path]);

  return isConnected;
}
