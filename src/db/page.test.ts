import { describe, expect, test } from 'vitest';
import { InvalidInput } from '../domain-error.js';
import { pageOf } from './page.js';
import { minUuidAt } from './uuid-time.js';

const ID = '019aa664-3a00-7000-8000-00000000000a';
const OTHER = '019aa664-3a00-7000-8000-00000000000b';
const all = { limit: 21, inverted: false };

describe('pageOf', () => {
  test('begins with the newest row and has no bounds without a cursor', () => {
    expect(pageOf(all)).toEqual({ bounds: [], orderBy: { id: 'desc' }, take: 21 });
  });

  test('excludes the cursor, and finds older rows after it and newer ones before it', () => {
    expect(pageOf({ ...all, after: OTHER, before: ID }).bounds).toEqual([{ id: { lt: OTHER } }, { id: { gt: ID } }]);
  });

  test('begins with the oldest row when it is inverted', () => {
    expect(pageOf({ limit: 5, inverted: true, before: ID })).toEqual({
      bounds: [{ id: { gt: ID } }],
      orderBy: { id: 'asc' },
      take: 5,
    });
  });

  test('includes the first moment of a period and excludes the last', () => {
    const [since, until] = [new Date('2026-11-21'), new Date('2026-11-22')];
    expect(pageOf(all, { since, until }).bounds).toEqual([
      { id: { gte: minUuidAt(since) } },
      { id: { lt: minUuidAt(until) } },
    ]);
    expect(pageOf(all, { since: null, until: null }).bounds).toEqual([]);
  });

  test.each(['nonsense', "' OR true --", `${ID} `, `{${ID}}`, ID.replaceAll('-', '')])(
    'refuses %j as a cursor',
    (cursor) => {
      for (const field of ['after', 'before'] as const) {
        const read = () => pageOf({ ...all, [field]: cursor });
        expect(read).toThrow(InvalidInput);
        expect(read).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', field }));
      }
    },
  );
});
