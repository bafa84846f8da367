// `npm run bench:statistics`: how long a sign-in takes while nothing else happens, and while twenty admins ask for
// statistics of all rows, in the same run.
import { setTimeout as sleep } from 'node:timers/promises';
import { median, percentile } from '../support/cost.js';
import { createReport } from '../support/report.js';
import { startInfrastructure, startServer } from '../support/servers.js';
import { createOperations, signInAdmin } from '../support/operations.js';
import { DAYS, insertRows } from '../support/rows.js';

const report = createReport();
const ROWS = report.setting('ROWS', 5_000_000);
const ADMINS = report.setting('ADMINS', 20);
const ROUNDS = report.setting('ROUNDS', 3);
const ROUND_MS = report.setting('ROUND_MS', 15_000);
/** Users who begin to sign in each second, whether or not the users before them have finished. */
const PER_SECOND = report.setting('PER_SECOND', 10);
const GOAL_RATIO = 1.5;
const STATISTICS = `query ($since: DateTime!) { sendStatistics(since: $since) { day country channel tried verified conversion medianSecondsToDeliver } }`;

const infrastructure = await startInfrastructure();
report.versions(infrastructure.versions);
const databaseUrl = await infrastructure.database('statistics', { migrated: true });
console.log(`Inserting ${ROWS.toLocaleString('en')} messages …`);
await insertRows(databaseUrl, { users: Math.min(1_000_000, ROWS), attempts: ROWS, sessions: 0 });
const server = await startServer('gateway', new URL('../support/gateway.mjs', import.meta.url), {
  DATABASE_URL: databaseUrl,
  REDIS_URL: infrastructure.redisUrl,
  GATEWAY_SECRET: 'rQNdBKMa2SVs8vmiTgZPD7uFECztx3epAkf4',
  PORT: '0',
});
const operations = await createOperations(server.port);
const { ask, requestOtp, verifyOtp, codes } = operations;

let issued = 0;
const nextPhone = () => `+7702${String(1_000_000 + issued++).padStart(7, '0')}`;

/** Signs a new user in. @returns milliseconds without the wait for the message; undefined when it was refused */
async function signIn(): Promise<number | undefined> {
  const phone = nextPhone();
  const startedAt = performance.now();
  const attempt = await requestOtp(phone);
  const requestedMs = performance.now() - startedAt;
  if (!attempt) return undefined;
  const code = await codes.next(phone);
  const verifiedAt = performance.now();
  if (!(await verifyOtp(attempt, code))) return undefined;
  return requestedMs + performance.now() - verifiedAt;
}

/** Users sign in for the duration of a round, at a steady rate. */
async function measure(): Promise<{ p50: number; p95: number; refused: number }> {
  const running: ReturnType<typeof signIn>[] = [];
  const end = performance.now() + ROUND_MS;
  while (performance.now() < end) {
    running.push(signIn());
    await sleep(1_000 / PER_SECOND);
  }
  const results = await Promise.all(running);
  const took = results.filter((ms) => ms !== undefined).toSorted((one, other) => one - other);
  return { p50: percentile(took, 0.5), p95: percentile(took, 0.95), refused: results.length - took.length };
}

/** The same while admins ask for statistics, one request after the other. */
async function measureUnderStatistics(token: string) {
  let [answered, timedOut] = [0, 0];
  const over = new AbortController();
  const since = new Date(Date.now() - (DAYS + 1) * 86_400_000).toISOString();
  const admins = Array.from({ length: ADMINS }, async () => {
    while (!over.signal.aborted) {
      if (await ask(STATISTICS, { since }, token)) answered += 1;
      else timedOut += 1;
    }
  });
  await sleep(500);
  const measured = await measure();
  over.abort();
  await Promise.all(admins);
  return { ...measured, answered, timedOut };
}

try {
  await measure(); // warm-up
  const quiet: Awaited<ReturnType<typeof measure>>[] = [];
  const busy: Awaited<ReturnType<typeof measureUnderStatistics>>[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    quiet.push(await measure());
    busy.push(await measureUnderStatistics(await signInAdmin({ phone: nextPhone(), databaseUrl }, operations)));
  }
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
  report.print(`${PER_SECOND} sign-ins per second, ${ROWS.toLocaleString('en')} messages, ${ADMINS} admins`);
  report.print('                   p50 ms   p95 ms   refused');
  for (const [name, rounds] of [
    ['quiet', quiet],
    ['under statistics', busy],
  ] as const) {
    const cells = [median(rounds.map(({ p50 }) => p50)), median(rounds.map(({ p95 }) => p95))].map((ms) =>
      ms.toFixed(1).padStart(6),
    );
    report.print(
      `${name.padEnd(16)}   ${cells.join('   ')}   ${String(sum(rounds.map(({ refused }) => refused))).padStart(7)}`,
    );
  }
  const ratio = (key: 'p50' | 'p95') =>
    median(busy.map((round) => round[key])) / median(quiet.map((round) => round[key]));
  const ratioCells = (['p50', 'p95'] as const).map((key) => ratio(key).toFixed(2).padStart(6));
  report.print(`ratio              ${ratioCells.join('   ')}`);
  for (const key of ['p50', 'p95'] as const)
    report.figure({
      name: `${key} of a sign-in, under statistics to quiet`,
      value: ratio(key),
      better: 'lower',
      goal: GOAL_RATIO,
    });
  report.print(
    `statistics: ${sum(busy.map(({ answered }) => answered))} answered, ${sum(busy.map(({ timedOut }) => timedOut))} timed out`,
  );
  report.save();
} finally {
  codes.stop();
  await server.stop();
  await infrastructure.stop();
}
