import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { CHANNELS } from '../../src/delivery/channels/channel-list.js';

/** The layers, from the top. A file may import from its own layer and from those below. */
const LAYERS = [
  ['main.ts', 'serve.ts', 'shutdown.ts', 'welcome.ts'],
  ['gateway.ts'],
  ['http', 'graphql', 'cli'],
  ['modules.ts'],
  ['account', 'admin', 'maintenance'],
  ['login'],
  ['delivery', 'sessions', 'users', 'guard'],
  ['events', 'realtime', 'phone', 'db', 'config'],
];
/** The lowest layer also holds locales, and files at the root such as log.ts. */
const LOWEST = LAYERS.length - 1;

/** Packages that only the upper layers may import. */
const SERVER_PACKAGES = /^(graphql|graphql-yoga|graphql-ws|ws|@pothos\/.*|node:http|http)$/;
const BELOW_GRAPHQL = new Set(LAYERS.slice(4).flat());

const src = fileURLToPath(new URL('../../src', import.meta.url));

interface Import {
  from: string;
  to: string;
}

/** Paths are relative to src, with slashes. */
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((path) => path.split(sep).join('/'))
  .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.test.ts') && !path.startsWith('db/prisma/'));

const imports = files.flatMap((path) =>
  importsOf(readFileSync(join(src, path), 'utf8')).map((to) => resolve(path, to)),
);

/** Every module that a source imports: imports, also of types, re-exports and import(). */
export function importsOf(source: string): string[] {
  const code = source.replaceAll(/\/\*.*?\*\/|^\s*\/\/[^\n]*/gms, '');
  const named = /\b(?:import|export)\s[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g;
  return [...code.matchAll(named)].map(([, from, bare]) => from ?? bare ?? '');
}

function resolve(from: string, to: string): Import {
  if (!to.startsWith('.')) return { from, to };
  const path = posix.normalize(posix.join(posix.dirname(from), to)).replace(/\.js$/, '');
  return { from, to: files.includes(`${path}.tsx`) ? `${path}.tsx` : /\.(css|mjs)$/.test(path) ? path : `${path}.ts` };
}

const isOurs = ({ to }: Import) => files.includes(to) || to.startsWith('db/prisma/');
const moduleOf = (path: string) => path.split('/')[0] as string;

/** A channel is described where it is created, and the configuration, which is below delivery, derives from the descriptions. */
const isChannel = (path: string) => path.startsWith('delivery/channels/');

function layerOf(path: string): number {
  if (isChannel(path)) return LOWEST;
  const layer = LAYERS.findIndex((modules) => modules.includes(moduleOf(path)));
  return layer === -1 ? LOWEST : layer;
}

const shown = ({ from, to }: Import) => `${from} -> ${to}`;

test('the import reader finds every form of import', () => {
  expect(
    importsOf(`
      import a from 'a'; import { b, type B } from "b"; import type { C } from 'c'; import 'd';
      import {
        e,
      } from 'e';
      export { f } from 'f'; export * from 'g'; export type { H } from 'h';
      const i = await import('i'); type J = import('j').J;
      // import 'no' from 'comment'
      /* import 'no' */
      const text = 'import from nowhere';
    `),
  ).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']);
});

test('finds the sources and their imports', () => {
  expect(files).toEqual(expect.arrayContaining(['main.ts', 'gateway.ts', 'realtime/watch.ts', 'graphql/schema.ts']));
  expect(imports.filter(isOurs).length).toBeGreaterThan(100);
  expect(
    imports
      .filter(({ to }) => to.endsWith('.ts'))
      .filter((one) => !isOurs(one))
      .map(shown),
  ).toEqual([]);
});

test('every module belongs to a layer', () => {
  const modules = files.map(moduleOf).filter((module) => !module.endsWith('.ts'));
  const known = new Set([...LAYERS.flat(), 'locales', 'web']);
  expect([...new Set(modules)].filter((module) => !known.has(module))).toEqual([]);
});

describe('imports point down', () => {
  test('no file imports from a layer above its own', () => {
    expect(
      imports
        .filter(isOurs)
        .filter(({ from, to }) => layerOf(to) < layerOf(from))
        .map(shown),
    ).toEqual([]);
  });

  test('no file imports main', () => {
    expect(imports.filter(({ to }) => to === 'main.ts').map(shown)).toEqual([]);
  });
});

/** Every group of files that import each other, directly or through others. A type import counts too. */
export function findCircles(edges: readonly Import[]): string[][] {
  const importsOfFile = new Map<string, string[]>();
  for (const { from, to } of edges) importsOfFile.set(from, [...(importsOfFile.get(from) ?? []), to]);
  const circles = new Map<string, string[]>();

  // Depth first (Tarjan): a file that can reach itself again is in a circle with every file above it on the stack.
  const order = new Map<string, number>();
  const stack: string[] = [];
  function visit(file: string): number {
    const own = order.size;
    order.set(file, own);
    stack.push(file);
    let lowest = own;
    for (const to of importsOfFile.get(file) ?? []) {
      const known = order.get(to);
      if (known === undefined) lowest = Math.min(lowest, visit(to));
      else if (stack.includes(to)) lowest = Math.min(lowest, known);
    }
    if (lowest === own) {
      const group = stack.splice(stack.indexOf(file)).toSorted();
      if (group.length > 1 || importsOfFile.get(file)?.includes(file)) circles.set(group[0] ?? '', group);
    }
    return lowest;
  }
  for (const file of importsOfFile.keys()) if (!order.has(file)) visit(file);
  return [...circles.values()].toSorted(([one = ''], [other = '']) => one.localeCompare(other));
}

test('the search for circles finds each group of files that import each other', () => {
  const edges = [
    ['a', 'b'],
    ['b', 'c'],
    ['c', 'a'],
    ['c', 'd'],
    ['d', 'e'],
    ['f', 'e'],
    ['g', 'g'],
    ['h', 'i'],
    ['i', 'h'],
  ].map(([from = '', to = '']) => ({ from, to }));
  expect(findCircles(edges)).toEqual([['a', 'b', 'c'], ['g'], ['h', 'i']]);
  expect(findCircles(edges.slice(3, 6))).toEqual([]);
});

test('no files import each other in a circle, type imports included', () => {
  expect(findCircles(imports.filter(isOurs)).map((group) => group.join(' <-> '))).toEqual([]);
});

test('src/http does not import src/graphql', () => {
  expect(imports.filter(({ from, to }) => moduleOf(from) === 'http' && moduleOf(to) === 'graphql').map(shown)).toEqual(
    [],
  );
});

test('modules below graphql import no GraphQL, HTTP server or socket package', () => {
  expect(
    imports.filter(({ from, to }) => BELOW_GRAPHQL.has(moduleOf(from)) && SERVER_PACKAGES.test(to)).map(shown),
  ).toEqual([]);
});

test('the pages do not import the server', () => {
  const foreign = imports.filter(
    ({ from, to }) => moduleOf(from) === 'web' && isOurs({ from, to }) && moduleOf(to) !== 'web',
  );
  expect(foreign.map(shown)).toEqual([]);
});

test('the packages import only declared dependencies, and the client imports none', () => {
  const packages = fileURLToPath(new URL('../../packages', import.meta.url));
  for (const [name, allowed] of [
    ['client', []],
    ['react', ['@phonegate/client', '@phonegate/client/captcha', 'react', 'uqr']],
  ] as const) {
    const sources = readdirSync(join(packages, name, 'src'), { recursive: true, encoding: 'utf8' });
    const imported = sources
      .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.test.ts'))
      .flatMap((path) => importsOf(readFileSync(join(packages, name, 'src', path), 'utf8')));
    expect(imported.length).toBeGreaterThan(10);
    const foreign = new Set(imported.filter((to) => !to.startsWith('.')));
    expect([...foreign].toSorted(), name).toEqual(allowed);
    expect(
      imported.filter((to) => to.includes('../../..')),
      name,
    ).toEqual([]);
  }
});

test('only the configuration and the entry points read the environment', () => {
  const readers = files.filter((path) => /\bprocess\.env\b/.test(readFileSync(join(src, path), 'utf8')));
  expect(readers.filter((path) => layerOf(path) > 2 && path !== 'config/config.ts')).toEqual([]);
});

/** The check of the version of Node.js: the scripts that build `dist` need it too. */
const REQUIRE_NODE = 'main.ts -> ../bin/require-node.mjs';

test('src imports nothing from outside src but packages, and in main the check of the version of Node.js', () => {
  expect(relative(dirname(src), src)).toBe('src');
  expect(imports.filter(({ to }) => to.startsWith('..')).map(shown)).toEqual([REQUIRE_NODE]);
});

/** Why files outside the folders of the channels name one. Everything else derives from `CHANNELS`. */
const NAMING_A_CHANNEL = {
  'config/cross-checks.ts': 'a route to the console in production',
  'config/route.ts': 'the console where no channel of a route is configured',
  'guard/budgets/budgets-of.ts': 'the console, which costs nobody anything',
  'guard/budgets/notification-budgets.ts': 'the same',
  'cli/doctor/routes.ts': 'the same',
  'cli/doctor/templates.ts': 'the plain text of Melipayamak, from which it leaves lines out',
  'cli/doctor/green-api.ts': 'the account behind WhatsApp login, whose webhooks are in the database',
  'cli/doctor/cloud-number.ts': 'the same account at Meta, whose number is compared with the configured one',
  'guard/budgets/read-spent-budgets.ts': 'any channel, whose own budget is left out',
  'login/otp/track-delivery.ts': 'the receipts of the first two webhooks',
  'login/otp/find-unanswered.ts': 'the receipts of Green API, which shows the text of a message',
};

test('only these files outside its folder name a channel', () => {
  const names = new RegExp(`'(${CHANNELS.map(({ name }) => name).join('|')})'`);
  const naming = files
    .filter((path) => !isChannel(path) && !path.startsWith('web/dev-phone/channel-labels'))
    .filter((path) => names.test(readFileSync(join(src, path), 'utf8').replaceAll(/\bprovider: '[^']+'/g, '')));
  expect(naming.toSorted()).toEqual(Object.keys(NAMING_A_CHANNEL).toSorted());
});
