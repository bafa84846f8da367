import { describe, expect, test } from 'vitest';
import { HEARTBEAT_MS, Heartbeats } from './heartbeats.js';

const OTHER = '7b0c2a1e-4f5d-4a6b-8c7d-9e0f1a2b3c4d';

/** @returns the number of beats until `isTrue`. Every beat of this instance comes back. */
function beatsUntil(heartbeats: Heartbeats, isTrue: () => boolean): number {
  let beats = 0;
  while (!isTrue() && beats < 100_000) {
    heartbeats.tick();
    heartbeats.receivedOwn(0);
    beats += 1;
  }
  return beats;
}

describe('an instance is connected', () => {
  test('only while each lane returns its own heartbeats', () => {
    const heartbeats = new Heartbeats(2);
    heartbeats.receivedOwn(0);
    expect(heartbeats.isConnected).toBe(false);
    heartbeats.receivedOwn(1);
    expect(heartbeats.isConnected).toBe(true);
  });

  test('not any more when the heartbeats of one lane stop, within two seconds', () => {
    const heartbeats = new Heartbeats(2);
    heartbeats.receivedOwn(1);
    let lost: number[] = [];
    let beats = 0;
    while (lost.length === 0) {
      heartbeats.receivedOwn(0);
      lost = heartbeats.tick();
      beats += 1;
    }
    expect(lost).toEqual([1]);
    expect(heartbeats.isConnected).toBe(false);
    expect(beats * HEARTBEAT_MS).toBeLessThan(2_000);
  });

  test('not any more when the heartbeats stop while it is busy with subscriptions, within five seconds', () => {
    const heartbeats = new Heartbeats(1);
    heartbeats.receivedOwn(0);
    let beats = 0;
    while (heartbeats.isConnected && beats < 1_000) {
      heartbeats.tick(() => true);
      beats += 1;
    }
    expect(beats * HEARTBEAT_MS).toBeLessThan(5_000);
  });

  test('again when it is down and busy for as long as its subscriptions take', () => {
    const heartbeats = new Heartbeats(1);
    for (let beats = 0; beats < 1_000; beats += 1) expect(heartbeats.tick(() => true)).toEqual([]);
    heartbeats.receivedOwn(0);
    expect(heartbeats.isConnected).toBe(true);
  });

  test('not by the heartbeats of others', () => {
    const heartbeats = new Heartbeats(1);
    heartbeats.receivedFrom(OTHER, 0);
    expect(heartbeats.isConnected).toBe(false);
  });
});

describe('another instance is silent', () => {
  function withOther(): Heartbeats {
    const heartbeats = new Heartbeats(1);
    heartbeats.receivedOwn(0);
    heartbeats.receivedFrom(OTHER, 0);
    return heartbeats;
  }

  test('when its heartbeats are missing for less than two seconds', () => {
    const heartbeats = withOther();
    expect(beatsUntil(heartbeats, () => heartbeats.silentCount === 1) * HEARTBEAT_MS).toBeLessThan(2_000);
  });

  test('until it is back', () => {
    const heartbeats = withOther();
    beatsUntil(heartbeats, () => heartbeats.silentCount === 1);
    heartbeats.receivedFrom(OTHER, 0);
    expect(heartbeats.silentCount).toBe(0);
  });

  test('not when it has stopped in an orderly way', () => {
    const heartbeats = withOther();
    heartbeats.stopped(OTHER);
    for (let beat = 0; beat < 20; beat += 1) {
      heartbeats.tick();
      heartbeats.receivedOwn(0);
    }
    expect(heartbeats.silentCount).toBe(0);
  });

  test('not because this instance itself received nothing', () => {
    const heartbeats = withOther();
    for (let beat = 0; beat < 20; beat += 1) heartbeats.tick(); // the own beats do not return either
    heartbeats.receivedOwn(0);
    expect(heartbeats.silentCount).toBe(0);
  });

  test('for an hour, then it is forgotten', () => {
    const heartbeats = withOther();
    beatsUntil(heartbeats, () => heartbeats.silentCount === 1);
    const minutes = (beatsUntil(heartbeats, () => heartbeats.silentCount === 0) * HEARTBEAT_MS) / 60_000;
    expect(minutes).toBeGreaterThan(55);
    expect(minutes).toBeLessThan(65);
  });
});

test('invented senders take a limited amount of memory, and those that are known stay known', () => {
  const heartbeats = new Heartbeats(1);
  heartbeats.receivedOwn(0);
  for (let sender = 0; sender < 10_000; sender += 1) heartbeats.receivedFrom(`invented-${sender}`, 0);
  beatsUntil(heartbeats, () => heartbeats.silentCount > 0);
  expect(heartbeats.silentCount).toBeLessThanOrEqual(500);
});
