import { readFileSync } from 'node:fs';
import { parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { documents } from '../src/generated.js';
import { schema } from '../../../src/graphql/schema.js';

interface Generator {
  generateClient(): Promise<string>;
  generatePossibleTypes(): string;
}
const script = new URL('../../../scripts/generate-client.mjs', import.meta.url).href;
const { generateClient, generatePossibleTypes } = (await import(/* @vite-ignore */ script)) as Generator;

test.each([
  ['generated.ts', generateClient],
  ['possible-types.ts', generatePossibleTypes],
])('%s is up to date with schema.graphql and operations.graphql (run npm run schema)', async (name, generate) => {
  expect(readFileSync(new URL(`../src/${name}`, import.meta.url), 'utf8')).toBe(await generate());
});

test.each(Object.entries(documents))('%s is valid against the schema', (_, document) => {
  expect(validate(schema, parse(document))).toEqual([]);
});
