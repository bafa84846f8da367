// `npm run bench:growth`: what each statement of a sign-in and each read of the admin API costs in a large database, next to
// an empty one, in the same run.
import { connectDatabase } from '../../src/db/database.js';
import { countHours } from '../../src/delivery/statistics/count-hours.js';
import { createLog } from '../../src/log.js';
import { percentile } from '../support/cost.js';
import { type Operations, createOperations, signInAdmin } from '../support/operations.js';
import { createReport } from '../support/report.js';
import { DAYS, insertRows, insertUsers, phoneOfUser } from '../support/rows.js';
import { startInfrastructure, startServer } from '../support/servers.js';
import { ADMIN_READS } from './admin-reads.js';
import { createStatementCosts } from './statement-costs.js';

const report = createReport();
/** Part of the full size: one million users, five million attempts, messages and audit entries, two million sessions. */
const SCALE = report.setting('SCALE', 1);
const SIGN_INS = report.setting('SIGN_INS', 300);
const READS = report.setting('READS', 15);
const SIZE = { users: 1_000_000 * SCALE, attempts: 5_000_000 * SCALE, sessions: 2_000_000 * SCALE };
const MOST = { hotRatio: 1.2, adminRatio: 3, adminMs: 100, statisticsMs: 1_000 };

const infrastructure = await startInfrastructure({ countsStatements: true });
report.versions(infrastructure.versions);

interface Subject {
  url: string;
  operations: Operations;
  stop(): Promise<void>;
}

async function createDatabases(): Promise<Record<'empty' | 'grown', string>> {
  const empty = await infrastructure.database('empty', { migrated: true });
  const grown = await infrastructure.database('grown', { copyOf: 'empty' });
  await timed(`Inserted the rows of ${SIZE.users.toLocaleString('en')} users`, () => insertRows(grown, SIZE));
  await insertUsers(empty, [
    ...new Set(Array.from({ length: WARM_UP + SIGN_INS + 1 }, (_, index) => indexOfUser(index))),
  ]);
  // A gateway has counted an hour soon after its end.
  const database = connectDatabase(grown, createLog('error', process.stdout));
  const { signal } = new AbortController();
  await timed(`Counted the messages of ${DAYS} days by the hour`, () => countHours({ signal }, { database }));
  await database.close();
  return { empty, grown };
}

async function timed(what: string, act: () => Promise<void>): Promise<void> {
  const startedAt = performance.now();
  await act();
  console.log(`${what} in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
}

async function start(name: string, url: string): Promise<Subject> {
  const server = await startServer(name, new URL('../support/gateway.mjs', import.meta.url), {
    DATABASE_URL: url,
    REDIS_URL: infrastructure.redisUrl,
    GATEWAY_SECRET: 'rQNdBKMa2SVs8vmiTgZPD7uFECztx3epAkf4',
    UNVERIFIED_MESSAGES_PER_COUNTRY_PER_DAY: '1000000',
    PORT: '0',
  });
  return { url, operations: await createOperations(server.port), stop: () => server.stop() };
}

const WARM_UP = 60;
const indexOfUser = (index: number) => (index * 7_919) % SIZE.users;
/** Every third user is new. The others exist in both databases, and have signed in before in the grown one. */
const nextPhone = (index: number) => (index % 3 === 0 ? `+7702${1_000_000 + index}` : phoneOfUser(indexOfUser(index)));

/** Signs users in by code and by WhatsApp, with a wrong code and a refresh each. */
async function signIn({ operations }: Subject, from: number, count: number): Promise<void> {
  for (let index = from; index < from + count; index += 1) {
    const phone = nextPhone(index);
    const attempt = await operations.requestOtp(phone);
    if (!attempt) throw new Error('A code was refused');
    const code = await operations.codes.next(phone);
    if (index % 4 === 0) await operations.verifyOtp(attempt, '0000000');
    const session = await operations.verifyOtp(attempt, code);
    if (!session || !(await operations.refresh(session.refreshToken))) throw new Error('A sign-in was refused');
    if (index % 2 === 0 && !(await operations.signInByWhatsApp(nextPhone(index + 1))))
      throw new Error('A login by WhatsApp was refused');
  }
}

async function readHotStatements({ url, ...subject }: Subject) {
  await signIn({ url, ...subject }, 0, WARM_UP); // plans and buffers
  const costs = await createStatementCosts(url);
  await costs.reset();
  await signIn({ url, ...subject }, WARM_UP, SIGN_INS);
  const read = await costs.read();
  await costs.close();
  return read;
}

/** The median of each read in milliseconds; Infinity if it failed. */
async function timeAdminReads(subject: Subject): Promise<Map<string, number>> {
  const admin = { phone: '+77029999999', databaseUrl: subject.url };
  const token = await signInAdmin(admin, subject.operations);
  const took = new Map<string, number>();
  for (const [name, { query, variables }] of Object.entries(ADMIN_READS)) {
    const times: number[] = [];
    for (let index = 0; index < READS; index += 1) {
      const startedAt = performance.now();
      const answer = await subject.operations.ask(query, variables(index), token);
      times.push(answer == null ? Infinity : performance.now() - startedAt);
      if (times.at(-1) === Infinity && index > 1) break;
    }
    took.set(
      name,
      percentile(
        times.toSorted((one, other) => one - other),
        0.5,
      ),
    );
  }
  return took;
}

const cell = (value: number, digits = 2) => value.toFixed(digits).padStart(9);

type Costs = Awaited<ReturnType<typeof readHotStatements>>;

/** `all`: what the statements of all sign-ins took together, because a single one takes too short to compare runs. */
function printHotStatements(empty: Costs, grown: Costs): void {
  report.print(`${'statement'.padEnd(48)}    calls  empty ms  grown ms     ratio  buffers empty, grown`);
  const all = { empty: 0, grown: 0 };
  for (const [name, cost] of [...grown].toSorted(([, one], [, other]) => other.ms - one.ms)) {
    const before = empty.get(name);
    if (!before || cost.calls < SIGN_INS / 10) continue;
    const ratio = cost.ms / before.ms;
    report.print(
      `${name.padEnd(48)}${String(cost.calls).padStart(9)} ${cell(before.ms, 3)} ${cell(cost.ms, 3)} ${cell(ratio)}${ratio > MOST.hotRatio ? ' !' : '  '} ${cell(before.buffers, 1)} ${cell(cost.buffers, 1)}`,
    );
    all.empty += before.calls * before.ms;
    all.grown += cost.calls * cost.ms;
  }
  report.figure({
    name: 'statements of the sign-ins together, large to empty database',
    value: all.grown / all.empty,
    better: 'lower',
    goal: MOST.hotRatio,
  });
}

function printAdminReads(empty: Map<string, number>, grown: Map<string, number>): void {
  report.print(`\n${`read of the admin API, ${DAYS} days of rows`.padEnd(48)}  empty ms  grown ms     ratio`);
  for (const [name, ms] of grown) {
    const before = empty.get(name) ?? Infinity;
    const isStatistics = name.startsWith('statistics');
    const missed = isStatistics ? ms > MOST.statisticsMs : ms > MOST.adminMs || ms > MOST.adminRatio * before;
    report.print(`${name.padEnd(48)} ${cell(before, 1)} ${cell(ms, 1)} ${cell(ms / before)}${missed ? ' !' : ''}`);
    const ratio = { name: `${name}, large to empty database`, value: ms / before, better: 'lower' as const };
    report.figure(isStatistics ? ratio : { ...ratio, goal: MOST.adminRatio });
    report.figure({
      name,
      value: ms,
      unit: 'ms',
      better: 'lower',
      goal: isStatistics ? MOST.statisticsMs : MOST.adminMs,
    });
  }
}

try {
  const urls = await createDatabases();
  const empty = await start('empty', urls.empty);
  const grown = await start('grown', urls.grown);
  printHotStatements(await readHotStatements(empty), await readHotStatements(grown));
  printAdminReads(await timeAdminReads(empty), await timeAdminReads(grown));
  report.print(
    `! exceeds ${MOST.hotRatio} times (statements), or ${MOST.adminRatio} times or ${MOST.adminMs} ms (reads), or ${MOST.statisticsMs} ms (statistics)`,
  );
  report.save();
  await Promise.all([empty.stop(), grown.stop()]);
} finally {
  await infrastructure.stop();
}
process.exit(0); // the streams of the developer's phone are open
