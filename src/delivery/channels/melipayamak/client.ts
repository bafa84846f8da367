import { z } from 'zod';
import type { Config } from '../../../config/config.js';
import { type Failed, failed } from '../channel.js';
import { type Answer, ask, isFailed, parseJson } from '../http.js';

/**
 * Melipayamak's two APIs. REST takes user and password in the body; the console takes a token in the URL, so no URL ever
 * leaves this file.
 */
export interface Melipayamak {
  /**
   * The `Value` of a REST answer, whose meaning depends on the method. `isOk` is what `RetStatus` says: false can be
   * believed (a wrong password), true cannot.
   */
  rest(
    method: string,
    form: Record<string, string>,
    signal: AbortSignal,
  ): Promise<{ value: string; isOk: boolean } | Failed>;
  /** The body of a console answer. */
  console(path: string, body: object | undefined, signal: AbortSignal): Promise<{ body: unknown } | Failed>;
}

/** Old deployments answer with the bare value. */
const VALUE = z.union([
  z
    .object({ Value: z.union([z.string(), z.number(), z.null()]), RetStatus: z.number().optional() })
    .transform(({ Value, RetStatus }) => ({ value: String(Value).trim(), isOk: RetStatus === 1 })),
  z.union([z.string(), z.number()]).transform((value) => ({ value: String(value).trim(), isOk: true })),
]);

export function createMelipayamak(config: Config['melipayamak']): Melipayamak {
  const { url, username = '', password = '', consoleUrl, consoleToken = '' } = config;
  return {
    async rest(method, form, signal) {
      const answer = await ask(
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
      return value.success && answer.status === 200 ? value.data : unreadable(answer);
    },
    async console(path, body, signal) {
      const init = body
        ? { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
        : { method: 'GET' };
      const answer = await ask(`${consoleUrl}/api/${path}/${consoleToken}`, init, signal);
      if (isFailed(answer)) return answer;
      const parsed = parseJson(answer.text);
      return parsed !== undefined && answer.status === 200 ? { body: parsed } : unreadable(answer);
    },
  };
}

function unreadable({ status }: Answer): Failed {
  if (status === 401 || status === 403) return failed('authentication', `HTTP ${status}`);
  if (status === 502 || status === 503) return failed('channel_down', `HTTP ${status}`, { retry: true });
  return failed(status >= 500 ? 'channel_down' : 'unknown', `HTTP ${status}`);
}
