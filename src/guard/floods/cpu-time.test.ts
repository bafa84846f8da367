import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startCpuTime } from './cpu-time.js';

/** What the clock and the operating system say, in milliseconds. */
let clock = 0;
let used = 0;

beforeEach(() => {
  clock += 1_000; // no reading of another test counts
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
  vi.spyOn(process, 'cpuUsage').mockImplementation(() => ({ user: used * 600, system: used * 400 }));
});
afterEach(() => void vi.restoreAllMocks());

/** The process works for some time, and then other processes run. */
function pass({ working, waiting = 0 }: { working: number; waiting?: number }): void {
  clock += working + waiting;
  used += working;
}

describe('the CPU time', () => {
  test('of long work is what the process has used', () => {
    const measured = startCpuTime();
    pass({ working: 20 });
    expect(measured()).toBeCloseTo(20);
  });

  test('does not contain the time in which other processes run', () => {
    const measured = startCpuTime();
    pass({ working: 5, waiting: 200 });
    expect(measured()).toBeCloseTo(5);
  });

  test('contains at most a millisecond of what was done before', () => {
    startCpuTime();
    pass({ working: 0.9 });
    const measured = startCpuTime();
    pass({ working: 5, waiting: 200 });
    expect(measured()).toBeCloseTo(5.9);
  });

  test('of a thousand short pieces is measured by the clock, and the operating system is asked once a millisecond', () => {
    let sum = 0;
    for (let index = 0; index < 1_000; index += 1) {
      const measured = startCpuTime();
      pass({ working: 0.05 });
      sum += measured();
    }
    expect(sum).toBeCloseTo(50);
    expect(vi.mocked(process.cpuUsage).mock.calls.length).toBeLessThan(51);
  });
});
