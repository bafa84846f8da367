import { describe, expect, test } from 'vitest';
import { drawAnswer, drawOutcome } from './draw-outcome.js';
import type { RecentAnswer, RecentOutcome } from './recent-outcomes.js';
import { usualAnswers, usualOutcomes } from './usual-outcomes.js';

const accepted = (latencyMs: number, current = false): RecentAnswer => ({
  latencyMs,
  failure: null,
  detail: null,
  current,
});
const refused = (failure: RecentAnswer['failure'], current = false): RecentAnswer => ({
  latencyMs: 50,
  failure,
  detail: 'HTTP 500',
  current,
});
const fill = <Row>(count: number, row: Row) => Array.from({ length: count }, () => row);
const draws = <Result>(count: number, draw: () => Result) => Array.from({ length: count }, draw);
const usual = usualAnswers('green-api');

describe('the answer to a decoy', () => {
  test('takes a time that never repeats and has the distribution of recent answers', () => {
    const recent = Array.from({ length: 100 }, (_, index) => accepted(100 + index));
    const latencies = draws(500, () => drawAnswer({ recent, usual, phone: 0.5 }, Math.random).latencyMs);
    expect(new Set(latencies).size).toBe(500);
    const mean = latencies.reduce((sum, latency) => sum + latency, 0) / 500;
    expect(mean).toBeGreaterThan(115); // mostly the newer, shorter ones
    expect(mean).toBeLessThan(150);
  });

  test('is a refusal as often as the latest answers of the last minute were', () => {
    const recent = [...fill(2, refused('channel_down', true)), ...fill(98, accepted(100, true))];
    const failures = draws(1_000, () => drawAnswer({ recent, usual, phone: 0.5 }, Math.random).failure);
    const share = failures.filter((failure) => failure === 'channel_down').length / 1_000;
    expect(share).toBeGreaterThan(0.33); // two of the latest five
    expect(share).toBeLessThan(0.47);
  });

  test('is no refusal when the channel refused messages more than a minute ago', () => {
    const recent = [...fill(50, refused('channel_down')), ...fill(50, accepted(100))];
    const failures = draws(100, () => drawAnswer({ recent, usual, phone: 0.5 }, Math.random).failure);
    expect(new Set(failures)).toEqual(new Set([null]));
  });

  test('is always or never a refusal that concerns the phone', () => {
    const recent = [...fill(30, refused('not_on_channel', true)), ...fill(70, accepted(100, true))];
    const failuresOf = (phone: number) =>
      new Set(draws(50, () => drawAnswer({ recent, usual, phone }, Math.random).failure));
    expect(failuresOf(0.29)).toEqual(new Set(['not_on_channel']));
    expect(failuresOf(0.31)).toEqual(new Set([null]));
  });

  test('takes a usual time before the first real message', () => {
    const latencies = draws(300, () => drawAnswer({ recent: [], usual, phone: 0.5 }, Math.random).latencyMs);
    const median = latencies.toSorted((one, other) => one - other)[150];
    expect(median).toBeGreaterThan(220);
    expect(median).toBeLessThan(400);
  });
});

describe('the outcome of a decoy', () => {
  const outcome = (name: RecentOutcome['outcome'], failure: RecentOutcome['failure'] = null): RecentOutcome => ({
    outcome: name,
    failure,
    afterMs: name === 'none' ? 0 : 3_000,
  });
  const recent = [
    ...fill(15, outcome('failed', 'not_on_channel')),
    ...fill(5, outcome('none')),
    ...fill(60, outcome('delivered')),
    ...fill(20, outcome('failed', 'unknown')),
  ];
  const outcomesOf = (phone: number) =>
    draws(400, () => drawOutcome({ recent, usual: usualOutcomes('green-api'), phone }, Math.random));
  const namesOf = (phone: number) => new Set(outcomesOf(phone).map((one) => `${one.outcome} ${one.failure}`));

  test('is always the same for a phone that is not on the channel or is switched off', () => {
    expect(namesOf(0.14)).toEqual(new Set(['failed not_on_channel']));
    expect(namesOf(0.17)).toEqual(new Set(['none null']));
  });

  test('differs from message to message for other phones, as often as for recent messages', () => {
    const failed = outcomesOf(0.5).filter((one) => one.outcome === 'failed').length / 400;
    expect(failed).toBeGreaterThan(0.17); // 20 of 80
    expect(failed).toBeLessThan(0.33);
    expect(namesOf(0.5)).toEqual(new Set(['delivered null', 'failed unknown']));
  });

  test('comes after a time that never repeats', () => {
    expect(new Set(outcomesOf(0.5).map(({ afterMs }) => afterMs)).size).toBe(400);
  });

  test('is a usual one before the first real message', () => {
    const names = draws(400, () =>
      drawOutcome({ recent: [], usual: usualOutcomes('green-api'), phone: Math.random() }, Math.random),
    ).map((one) => one.outcome);
    expect(names.filter((name) => name === 'delivered').length).toBeGreaterThan(340);
    expect(new Set(names)).toEqual(new Set(['delivered', 'failed', 'none']));
  });
});
