import { readFileSync } from 'node:fs';
import { parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { documents } from '../src/generated.js';
import { schema } from '../../../src/graphql/schema.js';

test('generated.ts is up to date with schema.graphql and operations.graphql (run npm run schema)', async () => {
  const script = new URL('../../../scripts/generate-client.mjs', import.meta.url).href;
  const { generateClient } = (await import(/* @vite-ignore */ script)) as { generateClient: () => Promise<string> };
  expect(readFileSync(new URL('../src/generated.ts', import.meta.url), 'utf8')).toBe(await generateClient());
});

test.each(Object.entries(documents))('%s is valid against the schema', (_, document) => {
  expect(validate(schema, parse(document))).toEqual([]);
});
