import type { Answer } from './answer.js';
import { METHODS, type Method, isMethod } from './method.js';

/** A call as it stands in the URL. */
export interface ApiPath {
  method: Method;
  query: URLSearchParams;
  receiptId: string | undefined;
  /** Without the query. */
  whole: string;
}

/** What a method is handed. */
export interface ApiRequest {
  body: Record<string, unknown>;
  query: URLSearchParams;
  receiptId: string | undefined;
}

const FORBIDDEN: Answer = { status: 403, body: { message: 'Forbidden' } };
/** Says that JSON follows, and nothing does. */
const UNAUTHORIZED: Answer = {
  status: 401,
  headers: { 'content-type': 'application/json', 'content-length': '0' },
};
const NOT_FOUND: Answer = { status: 404, body: { message: 'Not Found' } };

const PATH = /^\/waInstance(\d+)\/(\w+)\/([^/]+)(?:\/([^/]+))?$/;

/** Only `waInstance` is case-sensitive. @returns the refusal, when the call gets no further. */
export function readPath(
  { url = '', method: verb = '' }: { url?: string | undefined; method?: string | undefined },
  ours: { idInstance: string; token: string },
): ApiPath | Answer {
  const [whole = '', query = ''] = url.split('?', 2);
  const [matched, idInstance, name = '', token, receiptId] = PATH.exec(whole) ?? [];
  if (matched === undefined) return NOT_FOUND;
  if (idInstance !== ours.idInstance) return FORBIDDEN;
  if (token !== ours.token) return UNAUTHORIZED;
  const method = name.toLowerCase();
  if (!isMethod(method) || METHODS[method].verb !== verb) return NOT_FOUND;
  if (receiptId !== undefined && method !== 'deletenotification') return NOT_FOUND;
  return { method, query: new URLSearchParams(query), receiptId, whole };
}
