// `npm run bench:statistics`: how long a sign-in takes while nothing else happens, and while twenty admins ask for
// statistics of all rows, in the same run.
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { median, percentile } from '../support/cost.js';
import { startInfrastructure, startServer } from '../support/servers.js';
import { watchCodes } from './codes.js';
import { DAYS, insertRows } from './rows.js';

const ROWS = Number(process.env['ROWS'] ?? 5_000_000);
const ADMINS = Number(process.env['ADMINS'] ?? 20);
const ROUNDS = Number(process.env['ROUNDS'] ?? 3);
const ROUND_MS = Number(process.env['ROUND_MS'] ?? 15_000);
/** Users who begin to sign in each second, whether or not the users before them have finished. */
const PER_SECOND = Number(process.env['PER_SECOND'] ?? 10);
const REQUEST = `mutation ($input: RequestOtpInput!) { requestOtp(input: $input) { __typename ... on OtpRequested { attemptId secret } ... on Error { code } } }`;
const VERIFY = `mutation ($input: VerifyOtpInput!) { verifyOtp(input: $input) { __typename ... on Session { accessToken user { id } } ... on Error { code } } }`;
const STATISTICS = `query ($since: DateTime!) { sendStatistics(since: $since) { day country channel tried verified conversion medianSecondsToDeliver } }`;

const infrastructure = await startInfrastructure();
const databaseUrl = await infrastructure.database('statistics', { migrated: true });
console.log(`Inserting ${ROWS.toLocaleString('en')} messages …`);
await insertRows(databaseUrl, ROWS);
const server = await startServer('gateway', new URL('../support/gateway.mjs', import.meta.url), {
  DATABASE_URL: databaseUrl,
  REDIS_URL: infrastructure.redisUrl,
  GATEWAY_SECRET: 'rQNdBKMa2SVs8vmiTgZPD7uFECztx3epAkf4',
  PORT: '0',
});
const codes = await watchCodes(server.port);

async function ask<Answer>(query: string, variables: object, accessToken?: string): Promise<Answer | undefined> {
  const response = await fetch(`http://127.0.0.1:${server.port}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
    },
    body: JSON.stringify({ query, variables }),
  });
  const { data } = (await response.json()) as { data?: Record<string, Answer> | null };
  return data ? Object.values(data)[0] : undefined;
}

let issued = 0;

/** Signs a new user in. `ms` does not include the wait for the message. @returns undefined when it was refused */
async function signIn(): Promise<{ ms: number; accessToken: string; user: { id: string } } | undefined> {
  const phone = `+7701${String(1_000_000 + issued++).padStart(7, '0')}`;
  const startedAt = performance.now();
  const attempt = await ask<{ attemptId: string; secret: string }>(REQUEST, { input: { phone } });
  const requestedMs = performance.now() - startedAt;
  if (!attempt?.secret) return undefined;
  const { attemptId, secret } = attempt;
  const code = await codes.next(phone);
  const verifiedAt = performance.now();
  const session = await ask<{ accessToken?: string; user: { id: string } }>(VERIFY, {
    input: { attemptId, secret, code },
  });
  if (session?.accessToken === undefined) return undefined;
  return { ...session, accessToken: session.accessToken, ms: requestedMs + performance.now() - verifiedAt };
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
  const took = results.flatMap((result) => (result ? [result.ms] : [])).toSorted((one, other) => one - other);
  return { p50: percentile(took, 0.5), p95: percentile(took, 0.95), refused: results.length - took.length };
}

/** The same while admins ask for statistics, one request after the other. */
async function measureUnderStatistics(accessToken: string) {
  let [answered, timedOut] = [0, 0];
  const over = new AbortController();
  const since = new Date(Date.now() - (DAYS + 1) * 86_400_000).toISOString();
  const admins = Array.from({ length: ADMINS }, async () => {
    while (!over.signal.aborted) {
      if (await ask(STATISTICS, { since }, accessToken)) answered += 1;
      else timedOut += 1;
    }
  });
  await sleep(500);
  const measured = await measure();
  over.abort();
  await Promise.all(admins);
  return { ...measured, answered, timedOut };
}

/** The access token of a new admin. It is valid for ten minutes. */
async function adminToken(): Promise<string> {
  const session = await signIn();
  if (!session) throw new Error('The admin could not sign in');
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`UPDATE users SET role = 'ADMIN' WHERE id = $1`, [session.user.id]);
  await client.end();
  return session.accessToken;
}

try {
  await measure(); // warm-up
  const quiet: Awaited<ReturnType<typeof measure>>[] = [];
  const busy: Awaited<ReturnType<typeof measureUnderStatistics>>[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    quiet.push(await measure());
    busy.push(await measureUnderStatistics(await adminToken()));
  }
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
  console.log(`${PER_SECOND} sign-ins per second, ${ROWS.toLocaleString('en')} messages, ${ADMINS} admins`);
  console.log('                   p50 ms   p95 ms   refused');
  for (const [name, rounds] of [
    ['quiet', quiet],
    ['under statistics', busy],
  ] as const) {
    const cells = [median(rounds.map(({ p50 }) => p50)), median(rounds.map(({ p95 }) => p95))].map((ms) =>
      ms.toFixed(1).padStart(6),
    );
    console.log(
      `${name.padEnd(16)}   ${cells.join('   ')}   ${String(sum(rounds.map(({ refused }) => refused))).padStart(7)}`,
    );
  }
  const ratio = (key: 'p50' | 'p95') =>
    (median(busy.map((round) => round[key])) / median(quiet.map((round) => round[key]))).toFixed(2).padStart(6);
  console.log(`ratio              ${ratio('p50')}   ${ratio('p95')}`);
  console.log(
    `statistics: ${sum(busy.map(({ answered }) => answered))} answered, ${sum(busy.map(({ timedOut }) => timedOut))} timed out`,
  );
} finally {
  codes.stop();
  await server.stop();
  await infrastructure.stop();
}
