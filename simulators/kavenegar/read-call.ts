import type { IncomingMessage } from 'node:http';
import type { KavenegarCall } from './simulator.js';

const PATH = /^\/v1\/([^/?]+)\/(\w+\/\w+)\.json(?:\?(.*))?$/s;

/** Reads a call and the key in its path. Returns undefined if the path has another form. */
export function readCall(request: IncomingMessage, body: string): { key: string; call: KavenegarCall } | undefined {
  const [, key, method, query] = PATH.exec(request.url ?? '') ?? [];
  if (key === undefined || method === undefined) return undefined;
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  const form = Object.fromEntries([...new URLSearchParams(query), ...new URLSearchParams(isForm ? body : '')]);
  return { key, call: { method: method.toLowerCase(), http: request.method ?? '', form } };
}
