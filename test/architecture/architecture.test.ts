import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/** The floors of the house, from the top. A file may import from its own floor and from those below. */
const FLOORS = [
  ['main.ts'],
  ['gateway.ts'],
  ['http', 'graphql', 'cli'],
  ['login'],
  ['delivery', 'sessions', 'users', 'guard'],
  ['realtime', 'audit', 'db', 'config'],
];
/** The ground they all stand on: locales, and files at the root such as log.ts. */
const GROUND = FLOORS.length - 1;

/** What only the upper floors know of. */
const OF_THE_DOORS = /^(graphql|graphql-yoga|graphql-ws|ws|@pothos\/.*|node:http|http)$/;
const BELOW_GRAPHQL = new Set(FLOORS.slice(3).flat());

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

/** Every module a source names: imports, of types too, re-exports and import(). */
export function importsOf(source: string): string[] {
  const code = source.replaceAll(/\/\*.*?\*\/|^\s*\/\/.*$/gms, '');
  const named = /\b(?:import|export)\s[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g;
  return [...code.matchAll(named)].map(([, from, bare]) => from ?? bare ?? '');
}

function resolve(from: string, to: string): Import {
  if (!to.startsWith('.')) return { from, to };
  const path = posix.normalize(posix.join(posix.dirname(from), to)).replace(/\.js$/, '');
  return { from, to: files.includes(`${path}.tsx`) ? `${path}.tsx` : path.endsWith('.css') ? path : `${path}.ts` };
}

const isOurs = ({ to }: Import) => files.includes(to) || to.startsWith('db/prisma/');
const roomOf = (path: string) => path.split('/')[0] as string;

function floorOf(path: string): number {
  const floor = FLOORS.findIndex((rooms) => rooms.includes(roomOf(path)));
  return floor === -1 ? GROUND : floor;
}

const told = ({ from, to }: Import) => `${from} -> ${to}`;

test('the reader of imports finds every kind', () => {
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

test('it has found the house', () => {
  expect(files).toEqual(expect.arrayContaining(['main.ts', 'gateway.ts', 'realtime/watch.ts', 'graphql/schema.ts']));
  expect(imports.filter(isOurs).length).toBeGreaterThan(100);
  expect(
    imports
      .filter(({ to }) => to.endsWith('.ts'))
      .filter((one) => !isOurs(one))
      .map(told),
  ).toEqual([]);
});

test('every room has a floor', () => {
  const rooms = files.map(roomOf).filter((room) => !room.endsWith('.ts'));
  const known = new Set([...FLOORS.flat(), 'locales', 'web']);
  expect([...new Set(rooms)].filter((room) => !known.has(room))).toEqual([]);
});

describe('arrows point down', () => {
  test('no file imports from a floor above its own', () => {
    expect(
      imports
        .filter(isOurs)
        .filter(({ from, to }) => floorOf(to) < floorOf(from))
        .map(told),
    ).toEqual([]);
  });

  test('nobody imports main', () => {
    expect(imports.filter(({ to }) => to === 'main.ts').map(told)).toEqual([]);
  });
});

test('rooms below graphql know nothing of GraphQL, HTTP servers or sockets', () => {
  expect(imports.filter(({ from, to }) => BELOW_GRAPHQL.has(roomOf(from)) && OF_THE_DOORS.test(to)).map(told)).toEqual(
    [],
  );
});

test('the pages know of the gateway what its contract says, and nothing else', () => {
  const strangers = imports.filter(
    ({ from, to }) => roomOf(from) === 'web' && isOurs({ from, to }) && roomOf(to) !== 'web',
  );
  expect(strangers.map(told)).toEqual([]);
});

test('what is given away as the client stands on nothing', () => {
  expect(imports.filter(({ from, to }) => from.startsWith('web/client/') && !to.startsWith('web/')).map(told)).toEqual(
    [],
  );
});

test('the environment is read in one place, by the process', () => {
  const readers = files.filter((path) => /\bprocess\.env\b/.test(readFileSync(join(src, path), 'utf8')));
  expect(readers.filter((path) => floorOf(path) > 2 && path !== 'config/config.ts')).toEqual([]);
});

test('src imports nothing from outside itself but packages', () => {
  expect(relative(dirname(src), src)).toBe('src');
  expect(imports.filter(({ to }) => to.startsWith('..')).map(told)).toEqual([]);
});
