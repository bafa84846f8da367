import type { ServerResponse } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import { JSON_TYPE } from './http-request.js';

export interface ResponseBody {
  data?: unknown;
  errors?: readonly GraphQLFormattedError[];
}

export function respond(
  response: ServerResponse,
  body: ResponseBody,
  { status, type }: { status: number; type: string },
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** Refuses a request before its document is read, in the form of a GraphQL answer. */
export function refuse(
  response: ServerResponse,
  { message, ...extensions }: { code: string; message: string; retryAfterSeconds?: number },
  { status, type = JSON_TYPE }: { status: number; type?: string },
): void {
  respond(response, { errors: [{ message, extensions }] }, { status, type });
}
