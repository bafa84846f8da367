// Writes packages/client/src/generated.ts: the client's documents, and the types of their variables and results, from
// schema.graphql and packages/client/src/operations.graphql. Also writes possible-types.ts, for the caches of other GraphQL
// clients. Part of `npm run schema`; a test fails when a file is outdated.
import '../bin/require-node.mjs';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// Imported after the check above, because an old Node.js cannot parse them.
const { codegen } = await import('@graphql-codegen/core');
const typescriptOperations = await import('@graphql-codegen/typescript-operations');
const { Kind, parse, print, stripIgnoredCharacters, visit } = await import('graphql');
const { possibleTypes } = await import('./possible-types.mjs');

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
    .map((operation) => `  ${operation.name.value}: ${shortened(withFragments(operation))} as ${typeOf(operation)},`);
  return [
    '// Made by scripts/generate-client.mjs from schema.graphql and operations.graphql. Do not edit.',
    withoutExports(types),
    '/** A document, with the types of what it answers and takes. */',
    'export type Document<Data, Variables> = string & { readonly types?: (variables: Variables) => Data };\n',
    'const mutation = (name: string, result: string, input = `${name}Input!`) =>',
    '  `mutation ${name}($input:${input}){${name.charAt(0).toLowerCase()}${name.slice(1)}(input:$input){__typename ...on Error{code message}${result}`;\n',
    '/** The documents, constant: the gateway parses each once. @internal */',
    `export const documents = {\n${documents.join('\n')}\n};\n`,
  ].join('\n');
}

/** Only the documents use the types of inputs and variables. They are not exported, so the package does not contain them. */
function withoutExports(types) {
  return types
    .replace(/^.*\nexport type Incremental<.*\n/m, '')
    .replace(/^export type CodeOnItsWayFragment .*\n\n/m, '')
    .replaceAll(/^export (type \w+(?:Input|Variables) )/gm, '$1')
    .replace(/^export type ErrorCode =\n[^;]*;/m, withoutComments);
}

/** docs/troubleshooting/errors.md explains the codes of errors. Every application would install this text otherwise. */
const withoutComments = (text) => text.replaceAll(/^ *\/\*\*.*\*\/\n/gm, '');

/** Most documents begin alike, and every user loads them. */
function shortened(document) {
  const [, name, input, rest] =
    /^mutation (\w+)\(\$input:(\w+!?)\)\{\w+\(input:\$input\)\{__typename \.\.\.on Error\{code message\}(.*)$/.exec(
      document,
    ) ?? [];
  if (name === undefined) return JSON.stringify(document);
  const parameters = [name, rest, ...(input === `${name}Input!` ? [] : [input])];
  return `mutation(${parameters.map((text) => JSON.stringify(text)).join(', ')})`;
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
  const shortened = [operation, ...[...needed].map(fragmentNamed)].map((node) =>
    visit(node, { FragmentSpread: withInitial, FragmentDefinition: withInitial }),
  );
  return stripIgnoredCharacters(shortened.map(print).join('\n'));
}

/** A fragment under the first letter of its name, which no other fragment has: the documents are loaded by every user. */
const withInitial = (node) => ({ ...node, name: { ...node.name, value: node.name.value.charAt(0) } });

function fragmentNamed(name) {
  return operations.definitions.find(
    ({ kind, name: { value } }) => kind === Kind.FRAGMENT_DEFINITION && value === name,
  );
}

const oneLineEach = (types) =>
  `{\n${Object.entries(types)
    .map(([name, members]) => `  ${name}: ${JSON.stringify(members)},`)
    .join('\n')}\n}`;

export function generatePossibleTypes() {
  const sdl = read('schema.graphql');
  const interfaces = parse(sdl).definitions.filter(({ kind }) => kind === Kind.INTERFACE_TYPE_DEFINITION);
  return [
    '// Made by scripts/generate-client.mjs from schema.graphql. Do not edit.',
    '/** The members of each union and interface: the option `possibleTypes` of Apollo Client and of Graphcache. */',
    `export const possibleTypes: Record<string, string[]> = ${oneLineEach(possibleTypes(sdl))};\n`,
    `const INTERFACES = new Set(${JSON.stringify(interfaces.map(({ name }) => name.value))});\n`,
    '/** The same as the answer to an introspection query, for fragment matchers that take one. */',
    'export const introspection = {',
    '  __schema: {',
    '    types: Object.entries(possibleTypes).map(([name, members]) => ({',
    "      kind: INTERFACES.has(name) ? ('INTERFACE' as const) : ('UNION' as const),",
    '      name,',
    '      possibleTypes: members.map((member) => ({ name: member })),',
    '    })),',
    '  },',
    '};\n',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const [name, text] of [
    ['generated.ts', await generateClient()],
    ['possible-types.ts', generatePossibleTypes()],
  ])
    writeFileSync(new URL(`packages/client/src/${name}`, root), text);
