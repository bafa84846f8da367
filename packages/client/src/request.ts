import { PhonegateError } from './error.js';

/** The types of an operation, as GraphQL Code Generator and gql.tada attach them to its document. */
export interface OperationTypes<Data, Variables> {
  readonly __apiType?: (variables: Variables) => Data;
}

/** An operation of the application: its text, or a document of graphql-tag, GraphQL Code Generator or gql.tada. */
export type RequestDocument<Data, Variables> =
  | string
  | (OperationTypes<Data, Variables> & (string | { readonly kind: string } | { toString(): string; trim(): string }));

/** `variables` can be left out where the operation requires none. */
export type RequestArguments<Variables> =
  Record<string, never> extends Variables
    ? [variables?: Variables, options?: RequestOptions]
    : [variables: Variables, options?: RequestOptions];

export interface RequestOptions {
  /** Ends the request, which then throws PhonegateError NETWORK. */
  signal?: AbortSignal;
}

/** The `print` of graphql or of @0no-co/graphql.web. */
export type Print = (document: never) => string;

/** The text of a document. @throws PhonegateError UNPRINTABLE_DOCUMENT @internal */
export function textOf(document: RequestDocument<unknown, never>, print: Print | undefined): string {
  if (!('kind' in Object(document))) return (document as { toString(): string }).toString();
  const text = print?.(document as never) ?? sourceOf(document);
  if (text !== undefined) return text;
  throw new PhonegateError('UNPRINTABLE_DOCUMENT', 'Pass `print` of graphql to createPhonegate.');
}

/** `parse` of graphql and graphql-tag keep the source. */
const sourceOf = (document: unknown) => (document as { loc?: { source?: { body?: string } } }).loc?.source?.body;
