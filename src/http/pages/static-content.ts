import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { refuseMethod } from '../respond.js';

const CONTENT_TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};

/** A file to serve. It is gzipped once, when a client first accepts that. */
export interface Content {
  type: string;
  body: Buffer;
  zipped(): Buffer;
}

/** @param extension of the file, with the dot */
export function createContent(extension: string, body: Buffer | string): Content {
  const buffer = Buffer.from(body);
  let zipped: Buffer | undefined;
  return {
    type: CONTENT_TYPES[extension] ?? 'application/octet-stream',
    body: buffer,
    zipped: () => (zipped ??= gzipSync(buffer)),
  };
}

/** Answers GET and HEAD with the content, gzipped if the client accepts that. Refuses other methods with 405. */
export function respondContent(
  { request: { method, headers: accepted }, response }: { request: IncomingMessage; response: ServerResponse },
  { type, body, zipped }: Content,
  {
    status = 200,
    headers,
    mayZip = true,
  }: { status?: number | undefined; headers: OutgoingHttpHeaders; mayZip?: boolean },
): void {
  if (method !== 'GET' && method !== 'HEAD') return refuseMethod(response, 'GET, HEAD');
  const zips = mayZip && /\bgzip\b/.test(accepted['accept-encoding'] ?? '');
  const sent = zips ? zipped() : body;
  response.writeHead(status, {
    'content-type': type,
    'content-length': sent.length,
    ...(zips ? { 'content-encoding': 'gzip' } : {}),
    vary: 'accept-encoding',
    ...headers,
  });
  response.end(method === 'HEAD' ? undefined : sent);
}
