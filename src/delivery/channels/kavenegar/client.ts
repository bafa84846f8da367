import { z } from 'zod';
import { type Answer, ask, isFailed, parseJson } from '../http.js';
import { type Failed, failed } from '../channel.js';
import { failureOf } from './results.js';

/** Kavenegar's methods. The key stands in every URL, so no URL ever leaves this file. */
export interface Kavenegar {
  /** The entries of an answer whose result is 200, not looked at yet, or what went wrong. */
  call(method: string, form: Record<string, string>, signal: AbortSignal): Promise<{ entries: unknown } | Failed>;
}

const ENVELOPE = z.object({ return: z.object({ status: z.number().int() }), entries: z.unknown() });

/** Absent without a key. */
export function createKavenegar({ url, apiKey }: { url: string; apiKey: string | undefined }): Kavenegar | undefined {
  if (!apiKey) return undefined;
  return {
    async call(method, form, signal) {
      const answer = await ask(
        `${url}/v1/${apiKey}/${method}.json`,
        {
          method: 'POST', // a GET would leave codes in the logs of proxies
          headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
          body: new URLSearchParams(form).toString(),
        },
        signal,
      );
      return isFailed(answer) ? answer : entriesOf(answer);
    },
  };
}

/** The result is in the envelope; the HTTP status repeats it (rest.html), so 418 or 607 need not be an error of HTTP. */
function entriesOf({ status, text }: Answer): { entries: unknown } | Failed {
  const envelope = ENVELOPE.safeParse(parseJson(text));
  if (!envelope.success) {
    if (status === 407) return failureOf(407); // the one whose body fetch does not give
    // A gateway's page. It answered for the service, so nothing was sent.
    return failed(status >= 500 ? 'channel_down' : 'unknown', `HTTP ${status}`, {
      retry: status === 502 || status === 503,
    });
  }
  const result = envelope.data.return.status;
  return result === 200 ? { entries: envelope.data.entries } : failureOf(result);
}
