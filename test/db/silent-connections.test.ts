import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, connectDatabase } from '../../src/db/database.js';
import { createLog } from '../../src/log.js';
import { READ_CONNECTION } from '../../src/db/try-connection.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { type SilentCable, laySilentCable } from '../support/silent-cable.js';

const CONNECTIONS = 4;
/** The gateway waits 10 s for an answer. */
const RECOVERED_MS = 5_000;

let own: TestDatabase;
let cable: SilentCable;
beforeAll(async () => {
  own = await createDatabase();
  cable = await laySilentCable(own.url);
});
afterAll(async () => {
  await cable.close();
  await own.drop();
});

const connect = (changes = {}) => {
  const settings = { size: CONNECTIONS, shared: 0, ...changes };
  return connectDatabase(cable.url, createLog('silent'), settings);
};
const pause = (database: Database, seconds: number) =>
  database.prisma.$queryRawUnsafe(`SELECT pg_sleep(${seconds})::text`);

/** The time until a statement succeeds, tried one after another. */
async function untilAnswered(database: Database): Promise<number> {
  const since = performance.now();
  for (;;) {
    const isAnswered = await database.query(READ_CONNECTION, {}).then(
      () => true,
      () => false,
    );
    if (isAnswered) return performance.now() - since;
  }
}

// Each idle connection cost ten seconds, one after another.
test.each([
  { name: 'idle connections', busy: 0 },
  { name: 'connections that wait for answers', busy: CONNECTIONS },
])('$name that are cut without notice cost no statement more than 5 s', async ({ busy }) => {
  const database = connect();
  await Promise.all(Array.from({ length: CONNECTIONS }, () => pause(database, 0.1)));
  const waiting = Array.from({ length: busy }, () => pause(database, 0.3).catch(() => {}));
  if (busy > 0) await new Promise((resolve) => setTimeout(resolve, 100));
  cable.silence();
  expect(await untilAnswered(database)).toBeLessThan(RECOVERED_MS);
  await Promise.all(waiting);
  await database.close();
});

test('a statement that takes longer than the watch waits is completed', async () => {
  const database = connect();
  await expect(pause(database, 4)).resolves.toHaveLength(1);
  await database.close();
});
