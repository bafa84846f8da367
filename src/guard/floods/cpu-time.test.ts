import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { cpuMs, startCpuTime } from './cpu-time.js';

function work(ms: number): void {
  for (const end = cpuMs() + ms; cpuMs() < end;);
}

describe('the CPU time', () => {
  test('of long work is what the process has used, within two milliseconds', () => {
    for (const ms of [5, 20, 50]) {
      const measured = startCpuTime();
      work(ms);
      expect(measured()).toBeGreaterThanOrEqual(ms - 0.1);
      expect(measured()).toBeLessThan(ms + 2.5);
    }
  });

  test('does not contain the time in which the process waits', async () => {
    work(5);
    const measured = startCpuTime();
    await sleep(200);
    expect(measured()).toBeLessThan(100);
  });

  test('of a thousand short pieces is what they took together', () => {
    const before = cpuMs();
    let sum = 0;
    for (let index = 0; index < 1_000; index += 1) {
      const measured = startCpuTime();
      work(0.05);
      sum += measured();
    }
    const used = cpuMs() - before;
    expect(sum).toBeGreaterThan(used * 0.7);
  });
});
