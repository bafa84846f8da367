import type { Answer } from './response.js';
import { METHODS, type Method, isMethod } from './method-table.js';

/** A call, read from its URL. */
export interface ApiPath {
  method: Method;
  query: URLSearchParams;
  receiptId: string | undefined;
  /** The path without its query. */
  whole: string;
}

/** The input of a method. */
export interface ApiRequest {
  body: Record<string, unknown>;
  query: URLSearchParams;
  receiptId: string | undefined;
}

const FORBIDDEN: Answer = { status: 403, body: { message: 'Forbidden' } };
/** As in the real API, the headers announce JSON but the body is empty. */
const UNAUTHORIZED: Answer = {
  status: 401,
  headers: { 'content-type': 'application/json', 'content-length': '0' },
};
const NOT_FOUND: Answer = { status: 404, body: { message: 'Not Found' } };

const PATH = /^\/waInstance(\d+)\/(\w+)\/([^/]+)(?:\/([^/]+))?$/;

/**
 * Only `waInstance` is case-sensitive.
 * @returns the answer instead, if the call is refused
 */
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
