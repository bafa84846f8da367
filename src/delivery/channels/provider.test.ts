import { expect, test } from 'vitest';
import { ALL_PROVIDERS } from './providers.js';

test('the doctor can probe the webhook of every provider that has one', () => {
  const withoutProbes = ALL_PROVIDERS.filter(({ webhook, probes }) => webhook && !probes);
  expect(withoutProbes.map(({ title }) => title)).toEqual([]);
});
