import type { Failed } from '../channel.js';
import { isFailed, parseJson, sendRequest } from '../http.js';
import { failureOf } from './results.js';

export interface WhatsAppCloudSettings {
  /** With the version of the Graph API. */
  url: string;
  phoneNumberId: string | undefined;
  businessId: string | undefined;
  token: string | undefined;
  template: string;
  androidPackage?: string | undefined;
  appSecret: string | undefined;
  verifyToken: string | undefined;
}

/** Meta's Graph API. The token goes into a header, so URLs contain no secret. */
export interface WhatsAppCloud {
  phoneNumberId: string;
  /** Calls a path, with GET if there is no body. Returns the body of the answer, not validated. */
  call(path: string, body: object | undefined, signal: AbortSignal): Promise<{ body: unknown } | Failed>;
}

/** Returns undefined unless the phone number and the token are configured. */
export function createWhatsAppCloud({ url, phoneNumberId, token }: WhatsAppCloudSettings): WhatsAppCloud | undefined {
  if (!phoneNumberId || !token) return undefined;
  return {
    phoneNumberId,
    async call(path, body, signal) {
      const headers = { authorization: `Bearer ${token}` };
      const init = body
        ? { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) }
        : { method: 'GET', headers };
      const answer = await sendRequest(`${url}/${path}`, init, signal);
      if (isFailed(answer)) return answer;
      const parsed = parseJson(answer.text);
      return answer.status === 200 && parsed !== undefined ? { body: parsed } : failureOf(answer.status, parsed);
    },
  };
}
