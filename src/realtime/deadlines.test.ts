import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Deadline, Deadlines } from './deadlines.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function deadlineIn(ms: number): Deadline & { wakes: number } {
  const deadline = { dueAt: Date.now() + ms, wakes: 0, wake: () => void (deadline.wakes += 1) };
  return deadline;
}

test('a deadline wakes once, at its time, and not before', () => {
  const deadlines = new Deadlines();
  const deadline = deadlineIn(1_000);
  deadlines.add(deadline);
  vi.advanceTimersByTime(999);
  expect(deadline.wakes).toBe(0);
  vi.advanceTimersByTime(101);
  expect(deadline.wakes).toBe(1);
  vi.advanceTimersByTime(10_000);
  expect(deadline.wakes).toBe(1);
});

test('a deadline that is set again wakes again, also when it is set by wake()', () => {
  const deadlines = new Deadlines();
  const deadline = deadlineIn(100);
  const wokenAt: number[] = [];
  const start = Date.now();
  deadline.wake = () => {
    wokenAt.push(Date.now() - start);
    deadline.dueAt = Date.now() + 300;
  };
  deadlines.add(deadline);
  vi.advanceTimersByTime(1_000);
  expect(wokenAt).toEqual([100, 400, 700, 1_000]);
});

test('a deadline that was moved wakes at its new time', () => {
  const deadlines = new Deadlines();
  const deadline = deadlineIn(500);
  deadlines.add(deadline);
  deadline.dueAt += 1_000;
  vi.advanceTimersByTime(1_400);
  expect(deadline.wakes).toBe(0);
  deadline.dueAt = Date.now();
  vi.advanceTimersByTime(100);
  expect(deadline.wakes).toBe(1);
});

test('a removed deadline does not wake, and without deadlines there is no timer', () => {
  const deadlines = new Deadlines();
  const [one, other] = [deadlineIn(100), deadlineIn(100)];
  deadlines.add(one);
  deadlines.add(other);
  expect(vi.getTimerCount()).toBe(1);
  deadlines.remove(one);
  vi.advanceTimersByTime(200);
  expect([one.wakes, other.wakes]).toEqual([0, 1]);
  deadlines.remove(other);
  deadlines.remove(other);
  expect([deadlines.size, vi.getTimerCount()]).toEqual([0, 0]);
  deadlines.add(one);
  vi.advanceTimersByTime(100);
  expect(one.wakes).toBe(1);
});

test('a deadline that is removed by the wake() of another does not wake', () => {
  const deadlines = new Deadlines();
  const [one, other] = [deadlineIn(100), deadlineIn(100)];
  one.wake = () => deadlines.remove(other);
  deadlines.add(one);
  deadlines.add(other);
  vi.advanceTimersByTime(200);
  expect(other.wakes).toBe(0);
});
