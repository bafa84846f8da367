import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Alarm, Alarms } from './deadlines.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function alarmIn(ms: number): Alarm & { rings: number } {
  const alarm = { dueAt: Date.now() + ms, rings: 0, wake: () => void (alarm.rings += 1) };
  return alarm;
}

test('an alarm rings once, at its time, and not before', () => {
  const alarms = new Alarms();
  const alarm = alarmIn(1_000);
  alarms.add(alarm);
  vi.advanceTimersByTime(999);
  expect(alarm.rings).toBe(0);
  vi.advanceTimersByTime(101);
  expect(alarm.rings).toBe(1);
  vi.advanceTimersByTime(10_000);
  expect(alarm.rings).toBe(1);
});

test('it rings again when its owner sets it again, also from within the ring', () => {
  const alarms = new Alarms();
  const alarm = alarmIn(100);
  const rangAt: number[] = [];
  const start = Date.now();
  alarm.wake = () => {
    rangAt.push(Date.now() - start);
    alarm.dueAt = Date.now() + 300;
  };
  alarms.add(alarm);
  vi.advanceTimersByTime(1_000);
  expect(rangAt).toEqual([100, 400, 700, 1_000]);
});

test('one that was moved rings at its new time', () => {
  const alarms = new Alarms();
  const alarm = alarmIn(500);
  alarms.add(alarm);
  alarm.dueAt += 1_000;
  vi.advanceTimersByTime(1_400);
  expect(alarm.rings).toBe(0);
  alarm.dueAt = Date.now();
  vi.advanceTimersByTime(100);
  expect(alarm.rings).toBe(1);
});

test('removed ones stay silent, and without any there is no timer', () => {
  const alarms = new Alarms();
  const [one, other] = [alarmIn(100), alarmIn(100)];
  alarms.add(one);
  alarms.add(other);
  expect(vi.getTimerCount()).toBe(1);
  alarms.remove(one);
  vi.advanceTimersByTime(200);
  expect([one.rings, other.rings]).toEqual([0, 1]);
  alarms.remove(other);
  alarms.remove(other);
  expect([alarms.size, vi.getTimerCount()]).toEqual([0, 0]);
  alarms.add(one);
  vi.advanceTimersByTime(100);
  expect(one.rings).toBe(1);
});

test('one that is removed by the ring of another does not ring', () => {
  const alarms = new Alarms();
  const [one, other] = [alarmIn(100), alarmIn(100)];
  one.wake = () => alarms.remove(other);
  alarms.add(one);
  alarms.add(other);
  vi.advanceTimersByTime(200);
  expect(other.rings).toBe(0);
});
