import type { ServerResponse } from 'node:http';

/** Without `body`, the answer is empty. `null` is sent as JSON. */
export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

export const ok = (body: unknown): Answer => ({ status: 200, body });

/** Answered with 400 and an envelope that contains the path, with the token. */
export class BadRequest extends Error {}

export const invalid = (details: string): BadRequest => new BadRequest(`Validation failed. Details: ${details}`);

/** Green API shows its callers the errors of JSON.parse, in the words of an old Node.js version. */
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
