import { unixTime } from './message-entry.js';
import type { Callback, KavenegarMessage } from './simulator.js';
import { printJson } from './print-json.js';
import { receptorOf } from './receptor.js';
import { statusText } from './statuses.js';

/** Sends each callback once, whatever the answer. */
export function createCallbacks(answers: number[]) {
  const closing = new AbortController();

  async function post(callback: Callback, message: KavenegarMessage): Promise<void> {
    const { url, init } = requestOf(callback, message);
    const headers = { ...init.headers, connection: 'close' }; // the receiver may close a kept connection
    try {
      const response = await fetch(url, { ...init, headers, redirect: 'manual', signal: closing.signal });
      await response.body?.cancel();
      answers.push(response.status);
    } catch {
      answers.push(0);
    }
  }

  return {
    send: (callback: Callback | undefined, message: KavenegarMessage): void => {
      if (callback) void post(callback, message);
    },
    stop: (): void => closing.abort(),
  };
}

interface Init {
  method: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
}

function requestOf({ url, encoding }: Callback, message: KavenegarMessage): { url: string; init: Init } {
  const { messageid, status, receptor, sender, at } = message;
  const short = { messageid, status: String(status) };
  if (encoding === 'get') {
    const whole = new URL(url);
    for (const [name, value] of Object.entries(short)) whole.searchParams.set(name, value);
    return { url: whole.href, init: { method: 'GET' } };
  }
  const more = { statustext: statusText(status), receptor: receptorOf(receptor), sender };
  if (encoding === 'json')
    return { url, init: postInit('json', printJson({ messageid, status, ...more, date: unixTime(at) })) };
  const form = new URLSearchParams({ ...short, ...more, date: String(unixTime(at)) });
  return { url, init: postInit('x-www-form-urlencoded', form.toString()) };
}

const postInit = (type: string, body: string): Init => ({
  method: 'POST',
  headers: { 'content-type': `application/${type}` },
  body,
});
