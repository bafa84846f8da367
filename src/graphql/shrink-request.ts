import type { IncomingMessage } from 'node:http';
import { declaredVariables } from './declared-variables.js';
import { type Documents, isDocument } from './documents.js';
import { type Params, readParams, readSearchParams } from './http-request.js';

/** A request whose body is already read. */
type ReadRequest = IncomingMessage & { body?: string };

/**
 * Reduces a request to what its operation needs, because a stream keeps its request until it ends. Yoga answers a request
 * that is not valid; it is not changed.
 */
export function shrinkRequest(request: ReadRequest, documents: Documents): void {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://host');
  const params = request.body === undefined ? readSearchParams(searchParams) : readParams(request.body);
  if (typeof params === 'string') return;
  const needed = onlyNeeded(params, documents);
  if (request.body === undefined) request.url = `${pathname}?${searchOf(needed)}`;
  else request.body = JSON.stringify(needed);
}

function onlyNeeded({ query, operationName, variables }: Params, documents: Documents): Params {
  const prepared = documents.prepare(query);
  return {
    query,
    operationName,
    variables: isDocument(prepared) ? declaredVariables(prepared, operationName, variables) : undefined,
  };
}

function searchOf({ query, operationName, variables }: Params): URLSearchParams {
  return new URLSearchParams({
    query,
    ...(operationName === undefined ? {} : { operationName }),
    ...(variables && { variables: JSON.stringify(variables) }),
  });
}
