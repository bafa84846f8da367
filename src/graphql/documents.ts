import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  NoFragmentCyclesRule,
  NoSchemaIntrospectionCustomRule,
  parse as parseSource,
  specifiedRules,
  validate,
  visit,
} from 'graphql';
import { oneRootFieldRule } from './rules/one-root-field.js';
import { checkSize } from './rules/size-limits.js';

/** A valid document, or why it is not valid. */
export type Prepared = DocumentNode | readonly GraphQLError[];

/** Parses and validates documents by the same rules for HTTP, SSE and WebSocket. */
export interface Documents {
  parse(source: string): DocumentNode;
  validate(document: DocumentNode): readonly GraphQLError[];
  /** Whether `prepare` takes no time for this document. */
  isPrepared(source: string): boolean;
  /** Parses and validates a document. Caches it if it is valid. */
  prepare(source: string): Prepared;
}

export const MAX_TOKENS = 1_000;
/** Longer than any document of a client. Comments, spaces and texts are no tokens, or only one. */
export const MAX_DOCUMENT_CHARACTERS = 20_000;
const MAX_ERRORS = 20;
/**
 * Clients send constant documents, so nearly every document is in the cache. A new document displaces the one that was
 * not used for the longest time.
 */
const CACHE_SIZE = 500;

export function createDocuments(schema: GraphQLSchema, { production }: { production: boolean }): Documents {
  // These look at each part of a document once. The other rules compare parts with each other, so the size is checked
  // before them.
  const firstRules = [NoFragmentCyclesRule, ...(production ? [NoSchemaIntrospectionCustomRule] : [])];
  const otherRules = [...specifiedRules.filter((rule) => rule !== NoFragmentCyclesRule), oneRootFieldRule];
  const cache = new Map<string, DocumentNode>();
  const valid = new WeakSet<DocumentNode>();

  function parse(source: string): DocumentNode {
    const known = cache.get(source);
    if (known) return known;
    if (source.length > MAX_DOCUMENT_CHARACTERS)
      throw new GraphQLError(`The document is too long: the maximum is ${MAX_DOCUMENT_CHARACTERS} characters.`, {
        extensions: { code: 'OPERATION_TOO_LARGE' },
      });
    const document = parseSource(source, { maxTokens: MAX_TOKENS });
    dropTokens(document);
    return document;
  }

  function check(document: DocumentNode): readonly GraphQLError[] {
    if (valid.has(document)) return [];
    const apply = (rules: typeof firstRules) =>
      validate(schema, document, rules, { maxErrors: MAX_ERRORS, hideSuggestions: production });
    for (const step of [
      () => apply(firstRules),
      () => checkSize(document, { introspection: !production }),
      () => apply(otherRules),
    ]) {
      const errors = step();
      if (errors.length > 0) return errors;
    }
    valid.add(document);
    return [];
  }

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
    isPrepared: (source) => cache.has(source),
    prepare(source) {
      const prepared = cache.get(source) ?? parseAndValidate(source);
      if (!isDocument(prepared)) return prepared;
      cache.delete(source);
      if (cache.size >= CACHE_SIZE) cache.delete(cache.keys().next().value as string);
      cache.set(source, prepared);
      return prepared;
    },
  };
}

/**
 * Removes the links to the tokens, which take more memory than the rest of a document. Comments are tokens too, and
 * MAX_TOKENS does not count them.
 */
function dropTokens(document: DocumentNode): void {
  visit(document, {
    enter({ loc }) {
      if (loc) Object.assign(loc, { startToken: undefined, endToken: undefined });
    },
  });
}

export function isDocument(prepared: Prepared): prepared is DocumentNode {
  return 'kind' in prepared;
}
