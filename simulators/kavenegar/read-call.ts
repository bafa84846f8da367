import type { IncomingMessage } from 'node:http';
import type { KavenegarCall } from './fake-kavenegar.js';

const PATH = /^\/v1\/([^/?]+)\/(\w+\/\w+)\.json(?:\?(.*))?$/s;

/** The call as it came, and the key in its path. None, when the path is not of the API's form. */
export function readCall(request: IncomingMessage, body: string): { key: string; call: KavenegarCall } | undefined {
  const [, key, method, query] = PATH.exec(request.url ?? '') ?? [];
  if (key === undefined || method === undefined) return undefined;
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  const form = Object.fromEntries([...new URLSearchParams(query), ...new URLSearchParams(isForm ? body : '')]);
  return { key, call: { method: method.toLowerCase(), http: request.method ?? '', form } };
}
