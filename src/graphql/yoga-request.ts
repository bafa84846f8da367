import type { IncomingMessage } from 'node:http';
import { type DocumentNode, print } from 'graphql';
import { declaredVariables } from './declared-variables.js';
import { type Documents, isDocument } from './documents.js';
import { type Params, readParams, readSearchParams } from './http-request.js';
import { ownOperation } from './own-operation.js';

/** A request of which Yoga reads the search of a GET, and the body of a POST, which is read already. */
export type YogaRequest = IncomingMessage & { body?: string };

export function passToYoga(request: YogaRequest, { query, operationName, variables }: Params): void {
  if (request.method === 'POST') request.body = JSON.stringify({ query, operationName, variables });
  else {
    const search = new URLSearchParams({
      query,
      ...(operationName === undefined ? {} : { operationName }),
      ...(variables && { variables: JSON.stringify(variables) }),
    });
    request.url = `${new URL(request.url ?? '', 'http://host').pathname}?${search}`;
  }
}

const readFromYoga = ({ body, url }: YogaRequest): Params | string =>
  body === undefined ? readSearchParams(new URL(url ?? '', 'http://host').searchParams) : readParams(body);

/**
 * Passes a request to Yoga without what its operation does not need, because a stream keeps its request until it ends.
 * Yoga answers a document that is not valid; it is passed as it is.
 */
export function passNeededToYoga(request: YogaRequest, params: Params, documents: Documents): void {
  const document = documents.prepare(params.query);
  if (!isDocument(document)) return passToYoga(request, params);
  const needed = neededParams(params, document);
  if (needed.query !== params.query) documents.prepare(needed.query); // for Yoga, which would validate it later
  passToYoga(request, needed);
}

/** The same for a request that was passed as it was before. */
export function reduceForYoga(request: YogaRequest, documents: Documents): void {
  const params = readFromYoga(request);
  if (typeof params !== 'string') passNeededToYoga(request, params, documents);
}

/** Longer than the documents of clients. A longer one is printed without its comments and its other operations. */
const LONG_DOCUMENT = 2_000;

function neededParams({ query, operationName, variables }: Params, document: DocumentNode): Params {
  return {
    query: query.length > LONG_DOCUMENT ? print(ownOperation(document, operationName)) : query,
    operationName,
    variables: declaredVariables(document, operationName, variables),
  };
}
