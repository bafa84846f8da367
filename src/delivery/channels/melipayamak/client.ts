import { z } from 'zod';
import type { Failed } from '../channel.js';
import { isFailed, parseJson, sendRequest } from '../http.js';
import { failureOfStatus } from '../http-status.js';

export interface MelipayamakSettings {
  url: string;
  username: string | undefined;
  password: string | undefined;
  bodyId: string | undefined;
  consoleUrl: string;
  consoleToken: string | undefined;
  sender: string | undefined;
}

/**
 * Melipayamak's two APIs. REST takes the username and the password in the body. The console takes a token in the URL,
 * so no URL leaves this file.
 */
export interface Melipayamak {
  /**
   * Calls a REST method and returns its `Value`; the meaning of the value depends on the method. `isOk` says whether
   * `RetStatus` is 1. False means an error, such as a wrong password, but true does not mean success.
   */
  rest(
    method: string,
    form: Record<string, string>,
    signal: AbortSignal,
  ): Promise<{ value: string; isOk: boolean } | Failed>;
  /** Calls a console method, with GET if there is no body. Returns the body of the answer, not validated. */
  console(path: string, body: object | undefined, signal: AbortSignal): Promise<{ body: unknown } | Failed>;
}

/** Old versions of the API return only the bare value. */
const VALUE = z.union([
  z
    .object({ Value: z.union([z.string(), z.number(), z.null()]), RetStatus: z.number().optional() })
    .transform(({ Value, RetStatus }) => ({ value: String(Value).trim(), isOk: RetStatus === 1 })),
  z.union([z.string(), z.number()]).transform((value) => ({ value: String(value).trim(), isOk: true })),
]);

export function createMelipayamak(config: MelipayamakSettings): Melipayamak {
  const { url, username = '', password = '', consoleUrl, consoleToken = '' } = config;
  return {
    async rest(method, form, signal) {
      const answer = await sendRequest(
        `${url}/api/SendSMS/${method}`,
        {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
          body: new URLSearchParams({ username, password, ...form }).toString(),
        },
        signal,
      );
      if (isFailed(answer)) return answer;
      const value = VALUE.safeParse(parseJson(answer.text));
      return value.success && answer.status === 200 ? value.data : failureOfStatus(answer.status);
    },
    async console(path, body, signal) {
      const init = body
        ? { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
        : { method: 'GET' };
      const answer = await sendRequest(`${consoleUrl}/api/${path}/${consoleToken}`, init, signal);
      if (isFailed(answer)) return answer;
      const parsed = parseJson(answer.text);
      return parsed !== undefined && answer.status === 200 ? { body: parsed } : failureOfStatus(answer.status);
    },
  };
}
