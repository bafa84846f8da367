export const JSON_TYPE = 'application/json';
export const RESPONSE_TYPE = 'application/graphql-response+json';
export const EVENT_STREAM = 'text/event-stream';

export interface Params {
  query: string;
  operationName: string | undefined;
  variables: Record<string, unknown> | undefined;
}

/** Whether a body of this type is JSON. Any web page can make a browser post forms and plain text, but not JSON. */
export function isJson(contentType: string | undefined): boolean {
  const type = contentType?.split(';')[0]?.trim().toLowerCase();
  return type === JSON_TYPE || type === RESPONSE_TYPE;
}

/**
 * The first type in the Accept header that the gateway can answer with. JSON when there is no header; undefined when no
 * type is possible.
 */
export function negotiate(
  accept: string | undefined,
): typeof JSON_TYPE | typeof RESPONSE_TYPE | typeof EVENT_STREAM | undefined {
  if (accept === undefined || accept === '*/*' || accept === JSON_TYPE) return JSON_TYPE;
  for (const part of accept.split(',')) {
    const type = part.split(';')[0]?.trim().toLowerCase();
    if (type === RESPONSE_TYPE || type === EVENT_STREAM) return type;
    if (type === JSON_TYPE || type === 'application/*' || type === '*/*') return JSON_TYPE;
  }
  return undefined;
}

/** The parameters of a request, or the reason why they are not valid (GraphQL over HTTP, section 6.4). */
export function readParams(body: string): Params | string {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return 'The body is not JSON.';
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    return 'The body must be one JSON object. Batches are not accepted.';
  return checkParams(json as Record<string, unknown>);
}

/** The same for the search of a GET. */
export function readSearchParams(search: URLSearchParams): Params | string {
  const params: Record<string, unknown> = { query: search.get('query') };
  // An empty operation name is none.
  params['operationName'] = search.get('operationName') || undefined;
  for (const name of ['variables', 'extensions']) {
    try {
      params[name] = JSON.parse(search.get(name) || 'null');
    } catch {
      return `"${name}" is not JSON.`;
    }
  }
  return checkParams(params);
}

function checkParams({ query, operationName, variables, extensions }: Record<string, unknown>): Params | string {
  if (typeof query !== 'string') return '"query" must be a string.';
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string')
    return '"operationName" must be a string.';
  if (!isMapOrAbsent(variables)) return '"variables" must be an object.';
  if (!isMapOrAbsent(extensions)) return '"extensions" must be an object.';
  return { query, operationName: operationName ?? undefined, variables: variables ?? undefined };
}

function isMapOrAbsent(value: unknown): value is Record<string, unknown> | null | undefined {
  return value === undefined || value === null || (typeof value === 'object' && !Array.isArray(value));
}
