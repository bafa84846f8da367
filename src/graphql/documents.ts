import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  parse as parseSource,
  specifiedRules,
  validate,
} from 'graphql';
import { oneRootFieldRule } from './rules/one-root-field.js';
import { sizeLimitsRule } from './rules/size-limits.js';

/** A valid document, or why it is not valid. */
export type Prepared = DocumentNode | readonly GraphQLError[];

/** Parses and validates documents by the same rules for HTTP, SSE and WebSocket. */
export interface Documents {
  parse(source: string): DocumentNode;
  validate(document: DocumentNode): readonly GraphQLError[];
  /** Parses and validates a document, and caches the result. */
  prepare(source: string): Prepared;
}

export const MAX_TOKENS = 1_000;
const MAX_ERRORS = 20;
/**
 * Clients send constant documents, so nearly every document is in the cache. A flood of new documents can only displace
 * others.
 */
const CACHE_SIZE = 500;

export function createDocuments(schema: GraphQLSchema, { production }: { production: boolean }): Documents {
  const rules = [
    ...specifiedRules,
    oneRootFieldRule,
    sizeLimitsRule,
    ...(production ? [NoSchemaIntrospectionCustomRule] : []),
  ];
  const cache = new Map<string, Prepared>();

  const parse = (source: string) => parseSource(source, { maxTokens: MAX_TOKENS });
  const check = (document: DocumentNode) =>
    validate(schema, document, rules, { maxErrors: MAX_ERRORS, hideSuggestions: production });

  function parseAndValidate(source: string): Prepared {
    try {
      const document = parse(source);
      const errors = check(document);
      return errors.length > 0 ? errors : document;
    } catch (error) {
      if (error instanceof GraphQLError) return [error];
      throw error;
    }
  }

  return {
    parse,
    validate: check,
    prepare(source) {
      const cached = cache.get(source);
      if (cached) return cached;
      const prepared = parseAndValidate(source);
      if (cache.size >= CACHE_SIZE) cache.delete(cache.keys().next().value as string);
      cache.set(source, prepared);
      return prepared;
    },
  };
}

export function isDocument(prepared: Prepared): prepared is DocumentNode {
  return 'kind' in prepared;
}
