import { describe, expect, test } from 'vitest';
import { REMEMBERED_NETWORKS, createNetworkBudget } from './network-budget.js';

describe('the budget of a network', () => {
  test('is a burst that refills at a steady rate', () => {
    let now = 0;
    const budget = createNetworkBudget({ perSecond: 10, burst: 100, production: true }, () => now);
    expect(budget.waitMs('203.0.113.7')).toBe(0);
    budget.charge('203.0.113.7', 99);
    expect(budget.waitMs('203.0.113.7')).toBe(0);
    budget.charge('203.0.113.7', 21);
    expect(budget.waitMs('203.0.113.7')).toBe(2_100);
    now += 2_100;
    expect(budget.waitMs('203.0.113.7')).toBe(0);
    now += 1_000_000;
    budget.charge('203.0.113.7', 100);
    expect(budget.waitMs('203.0.113.7')).toBe(100);
  });

  test('is shared by the addresses of an IPv6 /64, and by no others', () => {
    const budget = createNetworkBudget({ perSecond: 1, burst: 1, production: true }, () => 0);
    budget.charge('2001:db8:1:2::1', 1);
    expect(budget.waitMs('2001:db8:1:2:ffff::9')).toBeGreaterThan(0);
    expect(budget.waitMs('2001:db8:1:3::1')).toBe(0);
    expect(budget.waitMs('203.0.113.7')).toBe(0);
  });

  test('is remembered for a bounded number of networks: the one that was charged longest ago goes first', () => {
    const budget = createNetworkBudget({ perSecond: 1, burst: 1, production: true }, () => 0);
    const address = (index: number) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
    for (let index = 0; index <= REMEMBERED_NETWORKS; index += 1) budget.charge(address(index), 1);
    expect(budget.waitMs(address(0))).toBe(0);
    expect(budget.waitMs(address(1))).toBeGreaterThan(0);
    expect(budget.waitMs(address(REMEMBERED_NETWORKS))).toBeGreaterThan(0);
  });

  test('has no limit for the same machine in development, and the same limit as others in production', () => {
    for (const production of [true, false]) {
      const budget = createNetworkBudget({ perSecond: 1, burst: 1, production }, () => 0);
      budget.charge('127.0.0.1', 1);
      expect(budget.waitMs('127.0.0.1') > 0).toBe(production);
    }
  });
});
