import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Deadline, Deadlines } from './deadlines.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function alarmIn(ms: number): Deadline & { rings: number } {
  const deadline = { dueAt: Date.now() + ms, rings: 0, wake: () => void (deadline.rings += 1) };
  return deadline;
}

test('an alarm rings once, at its time, and not before', () => {
  const deadlines = new Deadlines();
  const deadline = alarmIn(1_000);
  deadlines.add(deadline);
  vi.advanceTimersByTime(999);
  expect(deadline.rings).toBe(0);
  vi.advanceTimersByTime(101);
  expect(deadline.rings).toBe(1);
  vi.advanceTimersByTime(10_000);
  expect(deadline.rings).toBe(1);
});

test('it rings again when its owner sets it again, also from within the ring', () => {
  const deadlines = new Deadlines();
  const deadline = alarmIn(100);
  const rangAt: number[] = [];
  const start = Date.now();
  deadline.wake = () => {
    rangAt.push(Date.now() - start);
    deadline.dueAt = Date.now() + 300;
  };
  deadlines.add(deadline);
  vi.advanceTimersByTime(1_000);
  expect(rangAt).toEqual([100, 400, 700, 1_000]);
});

test('one that was moved rings at its new time', () => {
  const deadlines = new Deadlines();
  const deadline = alarmIn(500);
  deadlines.add(deadline);
  deadline.dueAt += 1_000;
  vi.advanceTimersByTime(1_400);
  expect(deadline.rings).toBe(0);
  deadline.dueAt = Date.now();
  vi.advanceTimersByTime(100);
  expect(deadline.rings).toBe(1);
});

test('removed ones stay silent, and without any there is no timer', () => {
  const deadlines = new Deadlines();
  const [one, other] = [alarmIn(100), alarmIn(100)];
  deadlines.add(one);
  deadlines.add(other);
  expect(vi.getTimerCount()).toBe(1);
  deadlines.remove(one);
  vi.advanceTimersByTime(200);
  expect([one.rings, other.rings]).toEqual([0, 1]);
  deadlines.remove(other);
  deadlines.remove(other);
  expect([deadlines.size, vi.getTimerCount()]).toEqual([0, 0]);
  deadlines.add(one);
  vi.advanceTimersByTime(100);
  expect(one.rings).toBe(1);
});

test('one that is removed by the ring of another does not ring', () => {
  const deadlines = new Deadlines();
  const [one, other] = [alarmIn(100), alarmIn(100)];
  one.wake = () => deadlines.remove(other);
  deadlines.add(one);
  deadlines.add(other);
  vi.advanceTimersByTime(200);
  expect(other.rings).toBe(0);
});
