import type { ServerResponse } from 'node:http';

/** Without a body nothing follows the headers. JSON `null` is a body. */
export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

export const ok = (body: unknown): Answer => ({ status: 200, body });

/** Answered with 400 and the envelope that tells the path, token included. */
export class BadRequest extends Error {}

export const invalid = (details: string): BadRequest => new BadRequest(`Validation failed. Details: ${details}`);

/** How JSON.parse of older Node, which the API shows to its callers, tells what is wrong. */
export function readJsonObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const [, token] = /^Unexpected token '?(.)/s.exec((error as Error).message) ?? [];
    throw new BadRequest(
      token === undefined
        ? 'Unexpected end of JSON input'
        : `Unexpected token ${token} in JSON at position ${text.indexOf(token)}`,
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid("'value' must be of type object");
  return value as Record<string, unknown>;
}

export function reply(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'access-control-allow-origin': '*',
    ...headers,
  });
  response.end(body === undefined ? '' : JSON.stringify(body));
}
