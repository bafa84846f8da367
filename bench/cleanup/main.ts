// `npm run bench:cleanup`: whether the cleanup keeps up with 100 sign-ins a second, and how long it keeps others waiting. Each round of the
// cleanup gets the rows of 30 seconds, and the next one begins at once: a scaled clock.
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { connectDatabase } from '../../src/db/database.js';
import { minUuidAt } from '../../src/db/uuid-time.js';
import { createAudit } from '../../src/events/audit.js';
import { createLog } from '../../src/log.js';
import { cleanUp } from '../../src/maintenance/cleanup.js';
import { startOfPartition } from '../../src/maintenance/partitions.js';
import { percentile } from '../support/cost.js';
import { startInfrastructure } from '../support/servers.js';

const ROUNDS = Number(process.env['ROUNDS'] ?? 120);
const SIGN_INS_A_SECOND = 100;
const ROUND_SECONDS = 30;
const SIGN_INS = SIGN_INS_A_SECOND * ROUND_SECONDS;
/** Entries in the partition of the audit log that is dropped. */
const AUDIT_ENTRIES = Number(process.env['AUDIT_ENTRIES'] ?? 1_000_000);
const DAYS = { history: 90, audit: 365, guardEvents: 30 };
const DAY_MS = 86_400_000;
const MOST = { lockMs: 100, roundSeconds: ROUND_SECONDS };

/** SQL: a UUID of version 7 (RFC 9562) for row `i` of round `$1`, which is `age` old. */
const idOf = (kind: string, age: string) =>
  `overlay(min_uuid_at(now() - interval '${age}')::text PLACING substr(md5('${kind}' || $1::int || '-' || i), 1, 12) FROM 25)::uuid`;
const OLD = `${DAYS.history} days 1 hour`;

/** What 100 sign-ins a second leave to one round. Half of the codes are not used, and become overdue. */
const ROWS_OF_A_ROUND = [
  `INSERT INTO login_attempts (id, method, status, phone, active_slot, secret_hash, key_id, locale, expires_at)
   SELECT ${idOf('open', '6 minutes')}, 'OTP', 'PENDING', '+7702' || ($1::int * ${SIGN_INS} + i), 1, sha256(i::text::bytea), 'k', 'ru', now() - interval '1 minute' FROM generate_series(1, ${SIGN_INS / 2}) AS i`,
  `INSERT INTO login_attempts (id, method, status, phone, user_id, secret_hash, key_id, locale, expires_at, created_at)
   SELECT ${idOf('a', OLD)}, 'OTP', 'CLAIMED', '+7701' || i, gen_random_uuid(), sha256(i::text::bytea), 'k', 'ru', now() - interval '${OLD}', now() - interval '${OLD}' FROM generate_series(1, ${SIGN_INS}) AS i`,
  `INSERT INTO sms_log (id, attempt_id, channel, provider_id, masked_phone, country, purpose, locale, status, created_at, delivered_at)
   SELECT ${idOf('d', OLD)}, ${idOf('a', OLD)}, 'green-api', 'p' || i, '+7701*****02', 'KZ', 'LOGIN_CODE', 'ru', 'DELIVERED', now() - interval '${OLD}', now() - interval '${OLD}' FROM generate_series(1, ${SIGN_INS}) AS i`,
  `INSERT INTO sessions (id, user_id, refresh_token_hash, key_id, idle_expires_at, expires_at)
   SELECT ${idOf('s', OLD)}, (SELECT id FROM users LIMIT 1), sha256(i::text::bytea), 'k', now() - interval '1 day', now() - interval '1 day' FROM generate_series(1, ${SIGN_INS}) AS i`,
  `INSERT INTO budgets (subject, scope, minute_started_at, minute_sends, hour_started_at, hour_sends, hour_cost, hour_verified, day_started_at, day_sends, day_cost, day_verified, peak_verified, peak_at)
   SELECT '+7703' || ($1::int * ${SIGN_INS} + i), 2, at, 0, at, 0, 0, 0, at, 0, 0, 0, 0, at FROM (SELECT now() - interval '2 days' AS at) AS old, generate_series(1, ${SIGN_INS}) AS i`,
];

const infrastructure = await startInfrastructure({ countsStatements: true });
const log = createLog('silent');
const url = await infrastructure.database('cleanup', { migrated: true });
const client = new pg.Client({ connectionString: url });
await client.connect();
const database = connectDatabase(url, log);
const audit = createAudit({ database, log });
const config = {
  retention: { historyDays: DAYS.history, auditDays: DAYS.audit, guardEventDays: DAYS.guardEvents },
  defaultCountries: ['KZ' as const],
};
const clean = () => cleanUp({ signal: new AbortController().signal }, { config, database, audit });

/** As if the gateway had created the partition of a month that is over its retention period, and filled it. */
async function fillOldMonth(): Promise<void> {
  const end = startOfPartition('month', new Date(Date.now() - DAYS.audit * DAY_MS));
  const start = startOfPartition('month', new Date(end.getTime() - 1));
  await client.query('ALTER TABLE audit_log DETACH PARTITION audit_log_first');
  const bounds = `FROM ('${minUuidAt(start)}') TO ('${minUuidAt(end)}')`;
  await client.query(`CREATE TABLE audit_log_old PARTITION OF audit_log FOR VALUES ${bounds}`);
  await client.query(
    `INSERT INTO audit_log (id, at, event, user_id, details)
     SELECT overlay($1::text PLACING lpad(to_hex(i), 12, '0') FROM 25)::uuid, $2, 'otp.verified', gen_random_uuid(), '{"channel": "green-api"}' FROM generate_series(1, $3::int) AS i`,
    [minUuidAt(start), start, AUDIT_ENTRIES],
  );
}

/** The longest time that an audit entry took to be written meanwhile, in milliseconds. */
async function longestWrite(meanwhile: () => Promise<void>): Promise<number> {
  const writer = new pg.Client({ connectionString: url });
  await writer.connect();
  const stopping = new AbortController();
  let longest = 0;
  const writing = (async () => {
    while (!stopping.signal.aborted) {
      const startedAt = performance.now();
      await writer.query('INSERT INTO audit_log (id, event) VALUES ($1, $2)', [uuidv7(), 'otp.sent']);
      longest = Math.max(longest, performance.now() - startedAt);
    }
  })();
  await meanwhile();
  stopping.abort();
  await writing;
  await writer.end();
  return longest;
}

try {
  await client.query(`INSERT INTO users (id, phone, role) VALUES (gen_random_uuid(), '+77010000002', 'USER')`);
  await client.query('ALTER TABLE sessions DISABLE TRIGGER USER'); // each one takes a lock
  await client.query('CREATE EXTENSION pg_stat_statements');
  await clean(); // warm-up
  await client.query('SELECT pg_stat_statements_reset()');
  const took: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const rows of ROWS_OF_A_ROUND) await client.query(rows, [round]);
    const startedAt = performance.now();
    await clean();
    took.push((performance.now() - startedAt) / 1_000);
  }
  const { rows: slowest } = await client.query<{ ms: number; query: string }>(
    `SELECT max_exec_time AS ms, query FROM pg_stat_statements
     WHERE toplevel AND query ~ 'DELETE FROM|EXPIRED|delete_old' AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1 DESC LIMIT 1`,
  );
  const { rows: left } = await client.query<{ rows: number }>(
    `SELECT (SELECT count(*) FROM login_attempts WHERE status = 'PENDING' OR id < '${minUuidAt(new Date(Date.now() - DAYS.history * DAY_MS))}')::int
          + (SELECT count(*) FROM sms_log)::int + (SELECT count(*) FROM sessions)::int + (SELECT count(*) FROM budgets)::int AS rows`,
  );
  const sorted = took.toSorted((one, other) => one - other);
  const slowestRound = percentile(sorted, 1);
  const mark = (isMissed: boolean) => (isMissed ? ' !' : '');
  console.log(`${ROUNDS} rounds of ${ROUND_SECONDS} s at ${SIGN_INS_A_SECOND} sign-ins a second`);
  console.log(
    `a round takes ${percentile(sorted, 0.5).toFixed(2)} s at the median, ${slowestRound.toFixed(2)} s at most${mark(slowestRound > MOST.roundSeconds)}`,
  );
  console.log(`rows that are left: ${left[0]?.rows}${mark(left[0]?.rows !== 0)}`);
  const lockMs = slowest[0]?.ms ?? Infinity;
  console.log(
    `the longest statement of the cleanup: ${lockMs.toFixed(1)} ms${mark(lockMs > MOST.lockMs)}, of ${slowest[0]?.query.trim().slice(0, 40).replaceAll(/\s+/g, ' ')}`,
  );
  await fillOldMonth();
  const [none, dropping] = [
    await longestWrite(() => new Promise((resolve) => setTimeout(resolve, 3_000))),
    await longestWrite(clean),
  ];
  console.log(
    `a month of ${AUDIT_ENTRIES.toLocaleString('en')} audit entries is dropped: another entry waits ${dropping.toFixed(1)} ms at most (${none.toFixed(1)} ms in 3 s without it)${mark(dropping - none > MOST.lockMs)}`,
  );
} finally {
  await audit.close();
  await database.close();
  await client.end();
  await infrastructure.stop();
}
process.exit(0);
