import fc from 'fast-check';
import { v7 as uuidv7, validate, version } from 'uuid';
import { describe, expect, test } from 'vitest';
import { minUuidAt } from './uuid-time.js';

/** Any time at which the gateway may run. */
const msecs = fc.integer({ min: 0, max: new Date('2500-01-01').getTime() });
const idsOf = (moment: number) =>
  fc
    .record({ random: fc.uint8Array({ minLength: 16, maxLength: 16 }), seq: fc.integer({ min: 0, max: 0x7fffffff }) })
    .map((parts) => uuidv7({ msecs: moment, ...parts }));

describe('minUuidAt', () => {
  test('is at most every ID of that time, and above every ID of earlier times', () => {
    const made = msecs.chain((moment) => fc.tuple(fc.constant(moment), idsOf(moment), idsOf(Math.max(0, moment - 1))));
    fc.assert(
      fc.property(made, ([moment, now, before]) => {
        const least = minUuidAt(new Date(moment));
        expect(least <= now).toBe(true);
        expect(moment === 0 || before < least).toBe(true);
      }),
    );
  });

  test('is a UUID of version 7', () => {
    expect(minUuidAt(new Date('2026-11-21T12:00:00Z'))).toBe('01a1fdfa-4600-7000-8000-000000000000');
    expect(validate(minUuidAt(new Date(0))) && version(minUuidAt(new Date(0)))).toBe(7);
  });

  // Without clamping, the 48 bits of a negative or too large number of milliseconds would mean another time.
  test.each(['1969-12-31T23:59:59.999Z', '1900-01-01', '0001-01-01'])('of %s is below every ID', (moment) => {
    expect(minUuidAt(new Date(moment)) <= minUuidAt(new Date(0))).toBe(true);
  });
  test.each(['9999-12-31', '+010900-01-01', '+275760-09-13'])('of %s is above every ID', (moment) => {
    expect(minUuidAt(new Date(moment)) > minUuidAt(new Date('2500-01-01'))).toBe(true);
  });
});
