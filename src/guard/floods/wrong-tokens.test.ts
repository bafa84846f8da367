import { describe, expect, test } from 'vitest';
import { WRONG_TOKENS_PER_MINUTE, WRONG_TOKENS_PER_NETWORK_PER_MINUTE } from '../limits.js';
import { createWrongTokens } from './wrong-tokens.js';

const times = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('wrong tokens of webhooks', () => {
  test('of one network are guesses when there are too many in a minute, and are reported once', () => {
    const wrong = createWrongTokens(() => 0);
    for (const _ of times(WRONG_TOKENS_PER_NETWORK_PER_MINUTE))
      expect(wrong.count('203.0.113.7')).toEqual({ isGuessing: false });
    expect(wrong.count('203.0.113.7')).toEqual({
      isGuessing: true,
      alarm: { network: '203.0.113.7', wrongTokens: WRONG_TOKENS_PER_NETWORK_PER_MINUTE + 1, ofAllNetworks: false },
    });
    for (const _ of times(20)) expect(wrong.count('203.0.113.7')).toEqual({ isGuessing: true });
    expect(wrong.count('203.0.113.8')).toEqual({ isGuessing: false });
  });

  test('of one IPv6 /64 count as one network', () => {
    const wrong = createWrongTokens(() => 0);
    for (const host of times(WRONG_TOKENS_PER_NETWORK_PER_MINUTE)) wrong.count(`2001:db8:1:2::${host.toString(16)}`);
    expect(wrong.count('2001:db8:1:2:ffff::1').isGuessing).toBe(true);
    expect(wrong.count('2001:db8:1:3::1').isGuessing).toBe(false);
  });

  test('of many networks are guesses when there are too many together', () => {
    const wrong = createWrongTokens(() => 0);
    const counts = times(WRONG_TOKENS_PER_MINUTE + 20).map((index) => wrong.count(`10.0.${index >> 8}.${index & 255}`));
    expect(counts.filter(({ isGuessing }) => isGuessing)).toHaveLength(20);
    expect(counts.filter(({ alarm }) => alarm)).toMatchObject([{ alarm: { ofAllNetworks: true } }]);
  });

  test('are forgotten after a minute, and reported again in the next one', () => {
    let now = 0;
    const wrong = createWrongTokens(() => now);
    const guess = () => times(WRONG_TOKENS_PER_NETWORK_PER_MINUTE + 5).map(() => wrong.count('203.0.113.7'));
    expect(guess().filter(({ alarm }) => alarm)).toHaveLength(1);
    now = 60_000;
    expect(wrong.count('203.0.113.8')).toEqual({ isGuessing: false });
    expect(guess().filter(({ alarm }) => alarm)).toHaveLength(1);
  });
});
