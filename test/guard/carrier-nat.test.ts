import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addGuesses } from '../../src/guard/guesses/guess-counts.js';
import { networkWaits } from '../../src/guard/guesses/network-guesses.js';
import { somePhone } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { insertGuessFailures, updateGuessFailures } from '../support/rows.js';
import { ask, enter, ignoreSendBudgets } from './attackers.js';

/** A mobile carrier puts thousands of people behind this address. */
const CARRIER = '203.0.113.1';
/** The gateway writes its right codes up to a second later, so no other test uses it. */
const OTHER_CARRIER = '192.0.2.1';

let database: TestDatabase;
let gateway: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  await ignoreSendBudgets(database);
  gateway = await startGateway({ DATABASE_URL: database.url, TRUSTED_PROXY_HOPS: '1' });
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});
beforeEach(() => database.query('DELETE FROM guess_failures'));

/** Seconds for which codes from the carrier are refused, or null. */
async function refusedFor(): Promise<number | null> {
  const [row] = await database.query<{ seconds: number | null }>(
    `SELECT suspected_for AS seconds FROM (${networkWaits('$1::text[]')}) AS waits`,
    [[CARRIER]],
  );
  return row?.seconds ?? null;
}

const add = (counts: { failures: number; verified: number }) =>
  database.query(
    addGuesses('SELECT $1::text AS subject, $2::int AS failures, $2::int AS targets, $3::int AS verified'),
    [CARRIER, counts.failures, counts.verified],
  );

describe('5,000 honest people behind one address', () => {
  // One in ten or twenty enters a wrong code first. The wrong codes of each forty people come first, and in the night few people sign in.
  test.each([5, 10])(
    'are never refused in three days when %i percent enter a wrong code',
    { timeout: 120_000 },
    async (percent) => {
      for (let hour = 0; hour < 72; hour += 1) {
        const people = hour % 24 < 7 ? 40 : 280;
        for (let done = 0; done < people; done += 40) {
          await add({ failures: (40 * percent) / 100, verified: 0 });
          expect(await refusedFor()).toBeNull();
          await add({ failures: 0, verified: Math.min(40, people - done) });
        }
        await database.query(
          `UPDATE guess_failures SET hour_started_at = hour_started_at - interval '1 hour', day_started_at = day_started_at - interval '1 hour'`,
        );
      }
    },
  );

  test('sign in through the gateway, one in ten at the second try', { timeout: 120_000 }, async () => {
    for (let round = 0; round < 8; round += 1) {
      await Promise.all(
        Array.from({ length: 20 }, async (_, person) => {
          const attempt = await ask({ on: gateway, ip: OTHER_CARRIER }, somePhone());
          if (person < 2)
            expect((await enter({ on: gateway, ip: OTHER_CARRIER }, attempt)).__typename).toBe('IncorrectCode');
          const session = await enter({ on: gateway, ip: OTHER_CARRIER }, attempt, gateway.codeOf(attempt.attemptId));
          expect(session.__typename).toBe('Session');
        }),
      );
    }
  });
});

describe('the right codes of a network', () => {
  test('of the day before count until 24 hours have passed since', async () => {
    await insertGuessFailures(database, CARRIER, { dayVerified: 5_000 });
    await updateGuessFailures(database, CARRIER, { hourStartedAt: '-25 hours', dayStartedAt: '-25 hours' });
    await add({ failures: 300, verified: 0 });
    expect(await refusedFor()).toBeNull();
    await updateGuessFailures(database, CARRIER, { dayStartedAt: '-23 hours' });
    expect(await refusedFor()).not.toBeNull();
  });

  test('allow at most five hundred wrong ones in an hour, however many they are', async () => {
    await insertGuessFailures(database, CARRIER, { dayVerified: 100_000, hourFailures: 499, dayFailures: 499 });
    expect(await refusedFor()).toBeNull();
    await add({ failures: 1, verified: 0 });
    expect(await refusedFor()).toBeLessThanOrEqual(3_600);
  });

  test('do not allow more wrong ones than half of them in an hour, nor more than them in a day', async () => {
    await insertGuessFailures(database, CARRIER, {
      dayVerified: 1_000,
      hourFailures: 499,
      dayFailures: 900,
      dayTargets: 900,
    });
    expect(await refusedFor()).toBeNull();
    await add({ failures: 1, verified: 0 });
    expect(await refusedFor()).toBeLessThanOrEqual(3_600);
    await updateGuessFailures(database, CARRIER, { hourFailures: 0, dayFailures: 1_001 });
    expect(await refusedFor()).toBeGreaterThan(3_600);
  });
});
