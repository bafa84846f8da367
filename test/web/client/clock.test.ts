import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createClock } from '../../../src/web/client/clock.js';

const NOON = Date.UTC(2025, 0, 1, 12);
const header = (ms: number) => new Date(ms).toUTCString();

describe('the gateway’s time', () => {
  test('a device that is right is believed: the header has whole seconds', () => {
    fc.assert(
      fc.property(fc.nat(999), fc.nat(5_000), fc.nat(5_000), (fraction, there, back) => {
        const sentAt = NOON + fraction;
        const clock = createClock(() => sentAt + there + back);
        clock.learn(header(sentAt + there), sentAt);
        expect(clock.now()).toBe(sentAt + there + back);
      }),
    );
  });

  test('one that is wrong is put right, to a second and the time that the answer took', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e10, max: 1e10 }),
        fc.nat(999),
        fc.nat(3_000),
        fc.nat(3_000),
        (wrong, fraction, there, back) => {
          const [sentAt, answeredAt] = [NOON + fraction, NOON + fraction + there + back];
          const clock = createClock(() => answeredAt + wrong);
          clock.learn(header(sentAt + there), sentAt + wrong);
          expect(Math.abs(clock.now() - answeredAt)).toBeLessThanOrEqual(1_000 + there + back);
        },
      ),
    );
  });

  test('each answer can only make it better, and a slow one does not make it worse', () => {
    let device = NOON - 3_600_000;
    const clock = createClock(() => device);
    for (const took of [40, 5_000, 60, 9_000]) {
      const sentAt = device;
      device += took;
      clock.learn(header(device + 3_600_000), sentAt);
      expect(Math.abs(clock.now() - device - 3_600_000)).toBeLessThan(1_100);
    }
  });

  test.each([null, '', 'yesterday'])('a header that is none is no news: %j', (date) => {
    const clock = createClock(() => NOON);
    clock.learn(date, NOON - 50);
    expect(clock.now()).toBe(NOON);
  });
});
