import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toPositional } from './named-parameters.js';

test('names become positions in the order in which they first stand', () => {
  expect(toPositional('SELECT :second, :first, :second + 1 WHERE a=:first')).toEqual({
    sql: 'SELECT $1, $2, $1 + 1 WHERE a=$2',
    names: ['second', 'first'],
  });
});

test('a name that begins like another keeps its own position', () => {
  expect(toPositional('SELECT :id, :idHash, :id')).toEqual({ sql: 'SELECT $1, $2, $1', names: ['id', 'idHash'] });
});

describe('no parameter is seen in', () => {
  test.each([
    ['a cast', 'x::text, (y)::uuid[], $$a$$::text'],
    ['a string', `'10:30' || 'it''s :x' || ''`],
    ['a string with escapes', String.raw`E'\' :x' || e'\\'`],
    ['a quoted name', '"a :b"":c"'],
    ['a line comment', '-- to be :x or not\n1'],
    ['a block comment', '/* :x\n :y */ 1'],
    ['a dollar-quoted string', '$$ :x $$ || $tag$ :x $$ :y $tag$'],
    ['an array slice', 'x[2:] || x[1:n] || x[:2] || f(x)[1:n] || x[a[1]:n] || x[f(1):n]'],
  ])('%s', (_, sql) => {
    expect(toPositional(sql)).toEqual({ sql, names: [] });
  });
});

test.each([
  ['a cast follows it', ':x::text', '$1::text'],
  ['it stands in an array', 'ARRAY[:x, 1]', 'ARRAY[$1, 1]'],
  ['it is the lower bound of a slice', 'a[:x:]', 'a[$1:]'],
  ['a string ended before it', `'a' || :x`, `'a' || $1`],
  ['a comment ended before it', '-- why\n:x /* what */', '-- why\n$1 /* what */'],
])('a parameter is seen where %s', (_, named, sql) => {
  expect(toPositional(named)).toEqual({ sql, names: ['x'] });
});

test('a position that is written out is refused', () => {
  expect(() => toPositional('SELECT :x, $2')).toThrow('$2: write a named parameter, such as :phone');
  expect(toPositional(`SELECT '$2', table$1 -- $3`).names).toEqual([]);
});

test('only parameters change, whatever stands around them', () => {
  const name = fc.stringMatching(/^[a-z][a-zA-Z0-9]{0,8}$/);
  const quiet = fc.stringMatching(/^[\w :;,.]*$/);
  const opaque = fc.oneof(
    quiet.map((inside) => `'${inside}'`),
    quiet.map((inside) => `"${inside}"`),
    quiet.map((inside) => `-- ${inside}\n`),
    quiet.map((inside) => `/* ${inside} */`),
    quiet.map((inside) => `$q$${inside}$q$`),
    name.map((type) => `x::${type}`),
    name.map((bound) => `x[1:${bound}]`),
  );
  const piece = fc.oneof(
    opaque.map((sql) => ({ sql, parameter: undefined })),
    name.map((parameter) => ({ sql: `:${parameter}`, parameter })),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const names = [...new Set(pieces.flatMap(({ parameter }) => parameter ?? []))];
      expect(toPositional(pieces.map(({ sql }) => sql).join(' '))).toEqual({
        sql: pieces
          .map(({ sql, parameter }) => (parameter === undefined ? sql : `$${names.indexOf(parameter) + 1}`))
          .join(' '),
        names,
      });
    }),
  );
});
