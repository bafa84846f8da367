/** Seeded random numbers: the same seed gives the same numbers. */
export interface Random {
  /** From 0 up to 1. */
  next(): number;
  chance(probability: number): boolean;
  between(least: number, most: number): number;
  integer(below: number): number;
  pick<Item>(items: readonly Item[]): Item;
  /** Seconds with this median; one in twenty is more than 2.7 times as long. */
  around(median: number): number;
  /** A source that depends only on this one's seed and the name, not on the numbers that were taken. */
  fork(name: string): Random;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  // mulberry32
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const random: Random = {
    next,
    chance: (probability) => next() < probability,
    between: (least, most) => least + next() * (most - least),
    integer: (below) => Math.floor(next() * below),
    pick: (items) => items[Math.floor(next() * items.length)] as never,
    around: (median) => median * Math.exp(0.6 * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())),
    fork: (name) => createRandom(Buffer.from(name).reduce((hash, byte) => Math.imul(hash, 31) + byte, seed)),
  };
  return random;
}
