import { describe, expect, test } from 'vitest';
import { ENVIRONMENT } from './environment.js';
import type { Variable } from './variable.js';
import { VARIABLES } from './variables.js';

type Name = keyof typeof ENVIRONMENT.shape;
const variables = Object.values(VARIABLES).flatMap((group) => Object.entries(group) as [Name, Variable][]);

/** The value that the gateway takes; undefined when it refuses the text. */
function parse(name: Name, text: string | undefined): unknown {
  const parsed = ENVIRONMENT.shape[name].safeParse(text);
  return parsed.success ? { value: parsed.data } : undefined;
}

describe('the reference of the environment', () => {
  test('describes every variable that the gateway reads once, and no other', () => {
    expect(variables.map(([name]) => name).toSorted()).toEqual(Object.keys(ENVIRONMENT.shape).toSorted());
  });

  test.each(variables)('states the default and the bounds of %s as the code has them', (name, variable) => {
    const { fallback, unset, range, values, meaning, form } = variable;
    expect([meaning, form ?? '.', unset ? '.' : '.'].every((text) => text.endsWith('.'))).toBe(true);
    expect(fallback === undefined).toBe(unset !== undefined);
    // Unset means the same as the default.
    if (fallback !== undefined) expect(parse(name, undefined)).toEqual(parse(name, fallback));
    if (range) {
      for (const accepted of range) expect(parse(name, `${accepted}`)).toBeDefined();
      for (const refused of [range[0] - 1, range[1] + 1]) expect(parse(name, `${refused}`)).toBeUndefined();
    }
    for (const value of values ?? []) expect(parse(name, value)).toBeDefined();
    if (values) expect(parse(name, 'something else')).toBeUndefined();
  });
});
