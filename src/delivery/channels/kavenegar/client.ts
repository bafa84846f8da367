import { z } from 'zod';
import { type Answer, isFailed, parseJson, sendRequest } from '../http.js';
import { failureOfStatus } from '../http-status.js';
import { type Failed, failed } from '../channel.js';
import { failureOf } from './results.js';

/** Kavenegar's API. Every URL contains the key, so no URL leaves this file. */
export interface Kavenegar {
  /** Calls a method and returns the entries of its answer, not validated. */
  call(method: string, form: Record<string, string>, signal: AbortSignal): Promise<{ entries: unknown } | Failed>;
}

const ENVELOPE = z.object({ return: z.object({ status: z.number().int() }), entries: z.unknown() });

/** Returns undefined if no key is configured. */
export function createKavenegar({ url, apiKey }: { url: string; apiKey: string | undefined }): Kavenegar | undefined {
  if (!apiKey) return undefined;
  return {
    async call(method, form, signal) {
      const answer = await sendRequest(
        `${url}/v1/${apiKey}/${method}.json`,
        {
          method: 'POST', // with GET, the logs of proxies would contain codes
          headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
          body: new URLSearchParams(form).toString(),
        },
        signal,
      );
      return isFailed(answer) ? answer : entriesOf(answer);
    },
  };
}

/**
 * Reads the result from the envelope. The HTTP status repeats the result code (rest.html), so 418 or 607 is not an HTTP
 * error.
 */
function entriesOf({ status, text }: Answer): { entries: unknown } | Failed {
  const envelope = ENVELOPE.safeParse(parseJson(text));
  if (!envelope.success) {
    if (status === 407) return failureOf(407); // fetch returns no body for 407
    // A proxy answered instead of the service, so no message was sent.
    return status >= 500 ? failureOfStatus(status) : failed('unknown', `HTTP ${status}`);
  }
  const result = envelope.data.return.status;
  return result === 200 ? { entries: envelope.data.entries } : failureOf(result);
}
