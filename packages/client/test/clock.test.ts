import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createClock } from '../src/clock.js';

const NOON = Date.UTC(2025, 0, 1, 12);
const header = (ms: number) => new Date(ms).toUTCString();

describe('the gateway’s clock on a device', () => {
  test('shows the device’s time where that agrees with the Date header', () => {
    fc.assert(
      fc.property(fc.nat(999), fc.nat(5_000), fc.nat(5_000), (fraction, there, back) => {
        const sentAt = NOON + fraction;
        const clock = createClock({ deviceNow: () => sentAt + there + back });
        clock.learn(header(sentAt + there), sentAt);
        expect(clock.now()).toBe(sentAt + there + back);
      }),
    );
  });

  test('is right to a second and the time that the answer took where the device’s clock is wrong', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e10, max: 1e10 }),
        fc.nat(999),
        fc.tuple(fc.nat(3_000), fc.nat(3_000)),
        (wrong, fraction, [there, back]) => {
          const [sentAt, answeredAt] = [NOON + fraction, NOON + fraction + there + back];
          const clock = createClock({ deviceNow: () => answeredAt + wrong });
          clock.learn(header(sentAt + there), sentAt + wrong);
          expect(Math.abs(clock.now() - answeredAt)).toBeLessThanOrEqual(1_000 + there + back);
        },
      ),
    );
  });

  test('is made more exact by each answer, and never less exact by a slow one', () => {
    let device = NOON - 3_600_000;
    const clock = createClock({ deviceNow: () => device });
    for (const took of [40, 5_000, 60, 9_000]) {
      const sentAt = device;
      device += took;
      clock.learn(header(device + 3_600_000), sentAt);
      expect(Math.abs(clock.now() - device - 3_600_000)).toBeLessThan(1_100);
    }
  });

  test.each([null, '', 'yesterday'])('ignores a Date header that is no date: %j', (date) => {
    const clock = createClock({ deviceNow: () => NOON });
    clock.learn(date, NOON - 50);
    expect(clock.now()).toBe(NOON);
  });
});
