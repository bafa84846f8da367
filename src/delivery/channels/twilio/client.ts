import type { Failed } from '../channel.js';
import { isFailed, parseJson, sendRequest } from '../http.js';
import { failureOf } from './results.js';

export interface TwilioSettings {
  url: string;
  accountSid: string | undefined;
  /** Signs callbacks, and requests if there is no key. */
  authToken: string | undefined;
  keySid: string | undefined;
  keySecret: string | undefined;
  from: string | undefined;
  messagingServiceSid: string | undefined;
  callFrom: string | undefined;
}

/** Twilio's REST API for one account (twilio.com/docs/usage/requests-to-twilio). The credentials go into a header. */
export interface Twilio {
  /** Calls a path below the account, with GET if there is no form. Returns the body of the answer, not validated. */
  call(
    path: string,
    form: readonly (readonly [string, string])[] | undefined,
    signal: AbortSignal,
  ): Promise<{ body: unknown } | Failed>;
}

/** Returns undefined if the account or its credentials are not configured. */
export function createTwilio(settings: TwilioSettings): Twilio | undefined {
  const { url, accountSid, authToken, keySid, keySecret } = settings;
  const [user, password] = keySid && keySecret ? [keySid, keySecret] : [accountSid, authToken];
  if (!accountSid || !user || !password) return undefined;
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return {
    async call(path, form, signal) {
      const init = form
        ? {
            method: 'POST',
            headers: { authorization, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
            body: new URLSearchParams(form.map(([name, value]) => [name, value])).toString(),
          }
        : { method: 'GET', headers: { authorization } };
      const answer = await sendRequest(`${url}/2010-04-01/Accounts/${accountSid}/${path}`, init, signal);
      if (isFailed(answer)) return answer;
      const body = parseJson(answer.text);
      const isUsable = answer.status >= 200 && answer.status <= 299 && typeof body === 'object' && body !== null;
      return isUsable ? { body } : failureOf(answer.status, body);
    },
  };
}
