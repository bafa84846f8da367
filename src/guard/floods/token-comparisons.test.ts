import { describe, expect, test } from 'vitest';
import { HELD_GUESSES, HELD_GUESSES_PER_NETWORK } from '../limits.js';
import { createTokenComparisons } from './token-comparisons.js';
import { MAX_NETWORKS, createWrongTokens } from './wrong-tokens.js';

const ATTACKER = '203.0.113.7';
const PROVIDER = '198.51.100.9';
const times = (count: number) => Array.from({ length: count }, (_, index) => index);
const networkAt = (index: number) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;

function setUp(now: () => number = () => 0) {
  const wrongTokens = createWrongTokens(now);
  const comparisons = createTokenComparisons(wrongTokens);
  /** What happens to a guess: it is not compared, or its answer comes late, or its connection is closed. */
  function guess(ip: string): 'not compared' | 'held back' | 'closed' {
    if (!comparisons.mayCompare(ip)) return 'not compared';
    wrongTokens.count(ip);
    return comparisons.hold(ip) ? 'held back' : 'closed';
  }
  /** Holds back as many guesses as possible, of as few networks as possible. */
  function fill(): string[] {
    const networks = times(HELD_GUESSES / HELD_GUESSES_PER_NETWORK).map((index) => networkAt(index));
    for (const ip of networks) for (const _ of times(HELD_GUESSES_PER_NETWORK)) expect(guess(ip)).toBe('held back');
    return networks;
  }
  return { wrongTokens, comparisons, guess, fill };
}

describe('a network that has its number of guesses held back', () => {
  test('gets no further token compared until one is answered', () => {
    const { comparisons, guess } = setUp();
    const releases = times(HELD_GUESSES_PER_NETWORK).map(() => comparisons.hold(ATTACKER));
    expect(guess(ATTACKER)).toBe('not compared');
    expect(comparisons.mayCompare(PROVIDER)).toBe(true);
    releases[0]?.();
    expect(guess(ATTACKER)).toBe('held back');
    expect(guess(ATTACKER)).toBe('not compared');
  });

  test('does not use up what other networks have', () => {
    expect(HELD_GUESSES / HELD_GUESSES_PER_NETWORK).toBeGreaterThanOrEqual(10);
    const { guess } = setUp();
    for (const _ of times(2 * HELD_GUESSES)) guess(ATTACKER);
    expect(guess(networkAt(1))).toBe('held back');
  });
});

describe('while the guesses of all networks together are held back', () => {
  test('a network that sent a wrong token in this minute gets no token compared', () => {
    const { wrongTokens, guess, fill } = setUp();
    wrongTokens.count(ATTACKER);
    const [filling = ''] = fill();
    for (const ip of [ATTACKER, filling]) expect(guess(ip)).toBe('not compared');
  });

  test('a provider that sent no wrong token gets its token compared', () => {
    const { comparisons, fill } = setUp();
    fill();
    expect(comparisons.mayCompare(PROVIDER)).toBe(true);
  });

  test('a provider that sent the right token before gets its token compared, also after wrong ones from there', () => {
    const { comparisons, guess, fill } = setUp();
    comparisons.recordRight(PROVIDER);
    fill();
    expect([guess(PROVIDER), guess(PROVIDER)]).toEqual(['held back', 'held back']);
    expect(comparisons.mayCompare(PROVIDER)).toBe(true);
  });

  test('a network that sent the right token before has no more guesses than any other', () => {
    const { comparisons, guess, fill } = setUp();
    comparisons.recordRight(PROVIDER);
    fill();
    const compared = times(2 * HELD_GUESSES_PER_NETWORK).filter(() => guess(PROVIDER) !== 'not compared');
    expect(compared).toHaveLength(HELD_GUESSES_PER_NETWORK);
  });

  test('each further network has one token compared in a minute, and all together have a number that is bounded', () => {
    let now = 0;
    const { comparisons, guess, fill } = setUp(() => now);
    comparisons.recordRight(PROVIDER);
    const filling = fill().length;
    const compare = () =>
      times(3 * MAX_NETWORKS).filter((index) => guess(networkAt(1_000 + (index >> 1))) === 'closed');
    expect(compare()).toHaveLength(MAX_NETWORKS - filling);
    expect(comparisons.mayCompare(networkAt(1_000_000))).toBe(false);
    expect(comparisons.mayCompare(PROVIDER)).toBe(true);
    now = 60_000;
    expect(comparisons.mayCompare(networkAt(1_000_000))).toBe(true);
  });
});
