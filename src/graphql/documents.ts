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

/** A document ready to be executed, or why it never will be. */
export type Prepared = DocumentNode | readonly GraphQLError[];

/** Parses and validates documents by one set of rules, whichever door they come through: HTTP, SSE or WebSocket. */
export interface Documents {
  parse(source: string): DocumentNode;
  validate(document: DocumentNode): readonly GraphQLError[];
  /** Both, remembered. */
  prepare(source: string): Prepared;
}

const MAX_TOKENS = 1_000;
const MAX_ERRORS = 20;
/** Clients send constant documents, so nearly every one is known; a stranger's flood only pushes out others. */
const REMEMBERED = 500;

export function createDocuments(schema: GraphQLSchema, { production }: { production: boolean }): Documents {
  const rules = [
    ...specifiedRules,
    oneRootFieldRule,
    sizeLimitsRule,
    ...(production ? [NoSchemaIntrospectionCustomRule] : []),
  ];
  const remembered = new Map<string, Prepared>();

  const parse = (source: string) => parseSource(source, { maxTokens: MAX_TOKENS });
  const check = (document: DocumentNode) =>
    validate(schema, document, rules, { maxErrors: MAX_ERRORS, hideSuggestions: production });

  function prepareAnew(source: string): Prepared {
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
      const known = remembered.get(source);
      if (known) return known;
      const prepared = prepareAnew(source);
      if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value as string);
      remembered.set(source, prepared);
      return prepared;
    },
  };
}

export function isDocument(prepared: Prepared): prepared is DocumentNode {
  return 'kind' in prepared;
}
