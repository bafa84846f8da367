// `npm run simulate:week`: a week of attacks, and five days with a provider down, on a simulated clock against the real
// gateway. Prints one table and the goals. `-- --seed 7` takes other random numbers, `-- --scale 0.1` a tenth of the requests.
// `-- --launch`: nobody of those who sign in has an account yet. `-- --only pumping`: only the scenarios whose name matches this regular
// expression. `-- --people`: also prints each sign-in that failed, was refused or was asked a captcha, and why.
// `-- --short` compresses the days into two hours each, as the test suite does.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/db/embedded/postgres.js';
import { migrate } from '../../src/db/migrate.js';
import { judge } from './goals.js';
import { type Size, simulate } from './run.js';
import { printProblem } from './problems.js';
import { printGoals, printTable } from './table.js';

const WEEK: Size = {
  dayHours: 24,
  signInsPerDay: 600,
  signInsAtLeast: 200,
  attackRequestsPerDay: 2_000,
  people: { everybody: 14_000, regulars: 1_500, dormant: 1_500, users: { regulars: 1, others: 0.5 } },
};
/** Two hours for each day, and few people, for the test suite. */
const SHORT: Size = {
  dayHours: 2,
  signInsPerDay: 12,
  signInsAtLeast: 5,
  attackRequestsPerDay: 30,
  people: { everybody: 300, regulars: 30, dormant: 100, users: { regulars: 1, others: 0.5 } },
};

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    short: { type: 'boolean' },
    scale: { type: 'string', default: '1' },
    people: { type: 'boolean' },
    launch: { type: 'boolean' },
    only: { type: 'string', default: '' },
    json: { type: 'boolean' },
  },
});
const size = scaled(values.short ? SHORT : WEEK, Number(values.scale));
if (values.launch) size.people.users = { regulars: 0, others: 0 };
const startedAt = process.hrtime.bigint();
const database = await findDatabase();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    process.on('uncaughtException', () => {}); // of the gateway, whose database is stopped now
    void database.stop().then(() => process.exit(1));
  });
const result = await simulate(
  { databaseUrl: database.url, seed: Number(values.seed), size, only: values.only },
  (tally, problems) => {
    const reasons = [...tally.reasons].map(([reason, times]) => `${reason} ${times}`).join(', ');
    const taken = Number((process.hrtime.bigint() - startedAt) / 1_000_000n) / 1000;
    console.error(`${taken.toFixed(0).padStart(4)} s  ${tally.name}${reasons && `: ${reasons}`}`);
    if (values.people) for (const problem of problems) console.error(`       ${printProblem(problem)}`);
  },
);
const goals = judge(result);
if (values.json) console.log(JSON.stringify({ ...result, goals, table: printTable(result) }));
else {
  const signIns = result.scenarios.reduce((sum, { tally }) => sum + tally.honest, 0);
  console.log(`${printTable(result)}\n\n${printGoals(goals)}\n`);
  console.log(`seed ${values.seed}; ${result.simulatedHours} hours, ${signIns} honest sign-ins that are counted`);
  console.log(`warnings in the gateway's log: ${JSON.stringify(result.logged)}`);
}
await database.stop();
process.exit(0);

/** The same week with fewer or more sign-ins and requests. */
function scaled(full: Size, scale: number): Size {
  return {
    ...full,
    signInsPerDay: full.signInsPerDay * scale,
    signInsAtLeast: Math.ceil(full.signInsAtLeast * scale),
    attackRequestsPerDay: full.attackRequestsPerDay * scale,
  };
}

/** The database of DATABASE_URL, which must be migrated and empty, or one of a new PostgreSQL. */
async function findDatabase(): Promise<{ url: string; stop(): Promise<void> }> {
  const given = process.env['DATABASE_URL'];
  if (given) return { url: given, stop: async () => {} };
  const folder = mkdtempSync(join(tmpdir(), 'phonegate-week-'));
  chmodSync(folder, 0o755); // as root, PostgreSQL runs as another account
  const postgres = await startEmbeddedPostgres(folder);
  const admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  // The data need not survive a crash.
  for (const setting of ['fsync', 'full_page_writes']) await admin.query(`ALTER SYSTEM SET ${setting} = off`);
  await admin.query('SELECT pg_reload_conf()');
  await admin.query('CREATE DATABASE week');
  await admin.end();
  const url = postgres.url.replace(/\/postgres$/, '/week');
  await migrate(url);
  return {
    url,
    async stop() {
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
