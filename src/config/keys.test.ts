import { describe, expect, test } from 'vitest';
import { createKeyring, deriveKeys } from './keys.js';

const ONE = 'a secret for tests only, long enough to be taken';
const TWO = 'another secret for tests, long enough to be taken';

describe('the keys of a secret', () => {
  test('are the same on every instance and in every version', () => {
    const { id, code, attemptSecret, refreshToken, encryption } = deriveKeys(ONE);
    const start = (key: Buffer) => key.toString('hex').slice(0, 16);
    expect([id, start(code), start(attemptSecret), start(refreshToken), start(encryption)]).toEqual([
      '83f2643253d4',
      'f60890950bffcdb0',
      '709deb6ec21661c9',
      'c1eba5a493e93322',
      'cdedc0c725a94d0e',
    ]);
  });

  test('are different for each use, 256 bits each', () => {
    const { id, ...keys } = deriveKeys(ONE);
    const all = Object.values(keys);
    expect(all.filter((key) => key.length !== 32)).toEqual([]);
    expect(new Set(all.map((key) => key.toString('hex'))).size).toBe(8);
    expect(id).toMatch(/^[0-9a-f]{12}$/);
    expect(all.some((key) => key.toString('hex').includes(id))).toBe(false);
  });

  test('differ for another secret', () => {
    const [one, two] = [deriveKeys(ONE), deriveKeys(`${ONE} `)];
    for (const name of Object.keys(one) as (keyof typeof one)[]) expect(one[name]).not.toEqual(two[name]);
  });
});

describe('a keyring', () => {
  test('uses the keys of the present secret, and finds those of either by id', () => {
    const ring = createKeyring(ONE, TWO);
    expect(ring.current).toEqual(deriveKeys(ONE));
    expect(ring.all).toEqual([deriveKeys(ONE), deriveKeys(TWO)]);
    for (const secret of [ONE, TWO]) expect(ring.of(deriveKeys(secret).id)).toEqual(deriveKeys(secret));
  });

  test('returns the present keys for an unknown id', () => {
    for (const id of ['', 'x', deriveKeys(TWO).id]) expect(createKeyring(ONE).of(id)).toEqual(deriveKeys(ONE));
    expect(createKeyring(ONE).all).toHaveLength(1);
  });

  test('finds the same keys on two instances with swapped current and previous secrets', () => {
    const [late, early] = [createKeyring(ONE, TWO), createKeyring(TWO, ONE)];
    for (const { id } of late.all) expect(early.of(id)).toEqual(late.of(id));
  });
});
