// Writes packages/client/src/generated.ts: the client's documents, and the types of their variables and results, from
// schema.graphql and packages/client/src/operations.graphql. Part of `npm run schema`; a test fails when the file is
// outdated.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { codegen } from '@graphql-codegen/core';
import * as typescriptOperations from '@graphql-codegen/typescript-operations';
import { Kind, parse, print, stripIgnoredCharacters, visit } from 'graphql';

const root = new URL('..', import.meta.url);
const read = (path) => readFileSync(new URL(path, root), 'utf8');
const operations = parse(read('packages/client/src/operations.graphql'));

export async function generateClient() {
  const types = await codegen({
    filename: 'generated.ts',
    schema: parse(read('schema.graphql')),
    documents: [{ location: 'operations.graphql', document: operations }],
    config: {},
    plugins: [
      {
        'typescript-operations': {
          scalars: { DateTime: 'string', ID: 'string' },
          enumType: 'string-literal',
        },
      },
    ],
    pluginMap: { 'typescript-operations': typescriptOperations },
  });
  const documents = operations.definitions
    .filter(({ kind }) => kind === Kind.OPERATION_DEFINITION)
    .map(
      (operation) => `  ${operation.name.value}: ${JSON.stringify(withFragments(operation))} as ${typeOf(operation)},`,
    );
  return [
    '// Made by scripts/generate-client.mjs from schema.graphql and operations.graphql. Do not edit.',
    types,
    '/** A document, with the types of what it answers and takes. */',
    'export type Document<Data, Variables> = string & { readonly types?: (variables: Variables) => Data };\n',
    '/** The documents, constant: the gateway parses each once. */',
    `export const documents = {\n${documents.join('\n')}\n};\n`,
  ].join('\n');
}

/** The name that the plugin gives to the type of an operation. */
function typeOf({ operation, name: { value } }) {
  const name = `${value}${operation.charAt(0).toUpperCase()}${operation.slice(1)}`;
  return `Document<${name}, ${name}Variables>`;
}

/** An operation on one line, with all fragments that it uses directly or through other fragments. */
function withFragments(operation) {
  const needed = new Set();
  const gather = (node) =>
    visit(node, {
      FragmentSpread({ name: { value } }) {
        if (needed.has(value)) return;
        needed.add(value);
        gather(fragmentNamed(value));
      },
    });
  gather(operation);
  return stripIgnoredCharacters([operation, ...[...needed].map(fragmentNamed)].map(print).join('\n'));
}

function fragmentNamed(name) {
  return operations.definitions.find(
    ({ kind, name: { value } }) => kind === Kind.FRAGMENT_DEFINITION && value === name,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(new URL('packages/client/src/generated.ts', root), await generateClient());
