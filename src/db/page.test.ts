import { describe, expect, test } from 'vitest';
import { InvalidInput } from '../domain-error.js';
import { pageOf } from './page.js';
import { minUuidAt } from './uuid-time.js';

const ID = '019aa664-3a00-7000-8000-00000000000a';
const OTHER = '019aa664-3a00-7000-8000-00000000000b';
const all = { limit: 21, inverted: false };

describe('a page of a list', () => {
  test('without a cursor begins with the newest, and has no bounds', () => {
    expect(pageOf(all)).toEqual({ bounds: [], orderBy: { id: 'desc' }, take: 21 });
  });

  test('after a cursor is what is older, before one what is newer, and neither is the cursor itself', () => {
    expect(pageOf({ ...all, after: OTHER, before: ID }).bounds).toEqual([{ id: { lt: OTHER } }, { id: { gt: ID } }]);
  });

  test('of the last begins with the oldest', () => {
    expect(pageOf({ limit: 5, inverted: true, before: ID })).toEqual({
      bounds: [{ id: { gt: ID } }],
      orderBy: { id: 'asc' },
      take: 5,
    });
  });

  test('of a period holds its first moment, and not its last', () => {
    const [since, until] = [new Date('2026-11-21'), new Date('2026-11-22')];
    expect(pageOf(all, { since, until }).bounds).toEqual([
      { id: { gte: minUuidAt(since) } },
      { id: { lt: minUuidAt(until) } },
    ]);
    expect(pageOf(all, { since: null, until: null }).bounds).toEqual([]);
  });

  test.each(['nonsense', "' OR true --", `${ID} `, `{${ID}}`, ID.replaceAll('-', '')])('%j is no cursor', (cursor) => {
    for (const field of ['after', 'before'] as const) {
      const read = () => pageOf({ ...all, [field]: cursor });
      expect(read).toThrow(InvalidInput);
      expect(read).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', field }));
    }
  });
});
