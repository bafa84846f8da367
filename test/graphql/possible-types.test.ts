import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROJECT } from '../support/process.js';

const script = new URL('../../scripts/possible-types.mjs', import.meta.url).href;
const { possibleTypes } = (await import(/* @vite-ignore */ script)) as {
  possibleTypes(schemaSDL: string): Record<string, string[]>;
};

test('possible types are the members of unions and the types of interfaces, of derived interfaces too', () => {
  const sdl = `
    type Query { pet: Pet, named: Named, nobody: Nobody }
    union Pet = Dog | Cat
    interface Named { name: String }
    interface Chipped implements Named { name: String, chip: ID }
    interface Nobody { nothing: String }
    type Dog implements Chipped & Named { name: String, chip: ID }
    type Cat implements Named { name: String }
    type Stone { weight: Float }
  `;
  expect(possibleTypes(sdl)).toEqual({
    Chipped: ['Dog'],
    Named: ['Cat', 'Dog'],
    Nobody: [],
    Pet: ['Cat', 'Dog'],
  });
});

test('the possible types of the contract are its result unions and the interface Error', () => {
  const contract = readFileSync(join(PROJECT, 'schema.graphql'), 'utf8');
  const types = possibleTypes(contract);
  const declared = [...contract.matchAll(/^(?:union|interface) (\w+)/gm)].map(([, name]) => name);
  expect(Object.keys(types)).toEqual(declared);
  expect(types['ClaimLoginResult']).toEqual(['AttemptClosed', 'AttemptNotCompleted', 'AttemptNotFound', 'Session']);
  expect(types['Error']).toContain('DeliveryFailed');
  expect(types['Error']).not.toContain('Session');
});
