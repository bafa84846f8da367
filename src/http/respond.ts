import type { ServerResponse } from 'node:http';
import type { Refusal } from './refusal.js';

/**
 * Answers with JSON. Keeps headers that are already set. Unless Cache-Control is set, the answer must not be stored.
 */
export function respondJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  if (!response.hasHeader('cache-control')) response.setHeader('cache-control', 'no-store');
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** Answers with plain text. */
export function respondText(response: ServerResponse, text: string): void {
  response.writeHead(200, {
    'cache-control': 'no-cache',
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** Answers with the reason why the request is not served. */
export function refuse(response: ServerResponse, { status, ...body }: Refusal): void {
  respondJson(response, status, body);
}

/** Refuses a request with a method that is not in `allowed`, such as `GET, HEAD`. */
export function refuseMethod(response: ServerResponse, allowed: string): void {
  response.setHeader('allow', allowed);
  respondJson(response, 405, { error: 'METHOD_NOT_ALLOWED' });
}
