import { getVariableValues, parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { EXAMPLES } from './graphiql.js';
import { schema } from './schema.js';

describe('the examples in GraphiQL', () => {
  test.each(EXAMPLES.map((tab) => [/(?:mutation|query|subscription) (\w+)/.exec(tab.query ?? '')?.[1], tab] as const))(
    '%s is a good document with good variables',
    (name, { query, variables }) => {
      expect(name).toBeDefined();
      const document = parse(query ?? '');
      expect(validate(schema, document)).toEqual([]);
      const [operation] = document.definitions;
      if (operation?.kind !== 'OperationDefinition') throw new Error('No operation');
      const { errors } = getVariableValues(
        schema,
        operation.variableDefinitions ?? [],
        JSON.parse(variables ?? '{}') as Record<string, unknown>,
      );
      expect(errors ?? []).toEqual([]);
    },
  );
});
