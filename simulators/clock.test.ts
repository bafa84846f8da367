import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createClock, createManualClock } from './clock.js';

describe('a clock', () => {
  test('at speed 1000 passes a second in a millisecond', async () => {
    const clock = createClock(1000);
    const before = clock.now();
    await new Promise<void>((resolve) => clock.after(10_000, resolve));
    expect(clock.now() - before).toBeGreaterThanOrEqual(9_000);
  });

  test('runs no cancelled action, and none after stop', async () => {
    const clock = createClock();
    const ran: string[] = [];
    const cancel = clock.after(10, () => ran.push('cancelled'));
    clock.after(10, () => ran.push('stopped'));
    cancel();
    clock.stop();
    await sleep(50);
    expect(ran).toEqual([]);
  });
});

describe('a manual clock', () => {
  test('runs due actions in order of time, also those that they add', () => {
    const clock = createManualClock();
    const start = clock.now();
    const ran: [string, number][] = [];
    const note = (name: string) => ran.push([name, clock.now() - start]);
    clock.after(20, () => note('second'));
    clock.after(10, () => {
      note('first');
      clock.after(5, () => note('added'));
    });
    clock.after(40, () => note('later'));
    clock.advance(30);
    expect(ran).toEqual([
      ['first', 10],
      ['added', 15],
      ['second', 20],
    ]);
    expect(clock.now() - start).toBe(30);
  });

  test('runs no cancelled action, and none after stop', () => {
    const clock = createManualClock();
    const ran: string[] = [];
    clock.after(10, () => ran.push('cancelled'))();
    clock.after(20, () => ran.push('stopped'));
    clock.advance(10);
    clock.stop();
    clock.advance(100);
    expect(ran).toEqual([]);
  });
});
