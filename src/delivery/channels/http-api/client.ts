import { createHmac } from 'node:crypto';
import { type Failed, beforeMessage, failed } from '../channel.js';
import { type Answer, isFailed, sendRequest } from '../http.js';
import { failureOfStatus } from '../http-status.js';
import type { HttpDefinition, HttpRequest } from './definition.js';
import { type Values, fillJson, fillText, fillUrl, fillXml } from './fill-in.js';
import { parseAnswer, textAt } from './read-value.js';

/** Sends the requests of a definition. URLs and headers can contain secrets, so they stay in this file. */
export interface HttpClient {
  call(request: HttpRequest, values: Values, signal: AbortSignal): Promise<Answer | Failed>;
}

/** How long a request for a token may take, whichever of the messages that wait for it has less time left. */
const TOKEN_TIMEOUT_MS = 10_000;

export function createHttpClient(
  { token }: Pick<HttpDefinition, 'token'>,
  { secrets, now = () => Date.now() }: { secrets: Values; now?: () => number },
): HttpClient {
  let known: { token: string; until: number } | undefined;
  let asked: Promise<string | Failed> | undefined;

  async function askForToken(): Promise<string | Failed> {
    if (!token) return '';
    const answer = await send(token.request, secrets, AbortSignal.timeout(TOKEN_TIMEOUT_MS));
    if (isFailed(answer)) return answer;
    if (answer.status < 200 || answer.status > 299) return failureOfStatus(answer.status);
    const value = textAt(parseAnswer(answer.text), token.pointer);
    if (value === undefined || !/^[\x21-\x7e]{1,4096}$/.test(value)) return failed('authentication', 'no token');
    known = { token: value, until: now() + token.seconds * 1000 };
    return value;
  }

  /** One request for a token at a time, also where many messages wait for it. */
  async function currentToken(signal: AbortSignal): Promise<string | Failed> {
    if (known && known.until > now()) return known.token;
    asked ??= askForToken().finally(() => (asked = undefined));
    return beforeAbort(asked, signal);
  }

  async function callOnce(request: HttpRequest, values: Values, signal: AbortSignal): Promise<Answer | Failed> {
    const current = token ? await currentToken(signal) : '';
    if (typeof current !== 'string') return beforeMessage(current);
    return send(request, { ...secrets, ...values, token: current }, signal);
  }

  return {
    async call(request, values, signal) {
      const answer = await callOnce(request, values, signal);
      // The provider ended the token early. Nothing was sent, so the request is repeated with a new one.
      if (!token || isFailed(answer) || answer.status !== 401) return answer;
      known = undefined;
      return callOnce(request, values, signal);
    },
  };
}

/** The result of shared work, for a caller whose time may end before. */
function beforeAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T | Failed> {
  return new Promise((resolve, reject) => {
    const giveUp = () => resolve(failed('timeout', 'no answer'));
    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}

function send(request: HttpRequest, values: Values, signal: AbortSignal): Promise<Answer | Failed> {
  const { url, method, headers, signature } = request;
  const { body, type } = bodyOf(request, values);
  const filled = Object.entries(headers).map(([name, value]): [string, string] => [
    name.toLowerCase(),
    fillText(value, values).replaceAll(/[^\x20-\x7e]/g, ''),
  ]);
  const init: RequestInit = {
    method,
    headers: {
      ...(type === undefined ? {} : { 'content-type': type }),
      ...Object.fromEntries(filled),
      ...(signature
        ? {
            [signature.header.toLowerCase()]: `sha256=${createHmac('sha256', fillText(signature.secret, values))
              .update(body ?? '')
              .digest('hex')}`,
          }
        : {}),
    },
    ...(body === undefined ? {} : { body }),
  };
  return sendRequest(fillUrl(url, values), init, signal);
}

function bodyOf({ json, form, xml }: HttpRequest, values: Values): { body?: string; type?: string } {
  if (json !== undefined) return { body: JSON.stringify(fillJson(json, values)), type: 'application/json' };
  if (xml !== undefined) return { body: fillXml(xml, values), type: 'application/xml; charset=utf-8' };
  if (form === undefined) return {};
  const fields = Object.entries(form).map(([name, value]): [string, string] => [name, fillText(value, values)]);
  return {
    body: new URLSearchParams(fields).toString(),
    type: 'application/x-www-form-urlencoded; charset=utf-8',
  };
}
