import pg from 'pg';
import type { SignIn } from './honest.js';

/** An honest sign-in that failed, was refused or was asked a captcha. */
export interface Problem {
  scenario: string;
  phone: string;
  country: string;
  ip: string;
  knownDevice: boolean;
  startedAt: number;
  endedAt: number;
  outcome: string;
  met: string[];
  /** What the client was answered, with the seconds since it began. */
  trail: string[];
  /** What the guard did: rules, and messages that were not sent or did not arrive. */
  guard: string[];
}

export function problemOf({ signIn, outcome, now }: { signIn: SignIn; outcome: string; now: number }): Problem {
  const { person, client, deviceToken, tally, startedAt, met, trail } = signIn;
  return {
    scenario: tally.name,
    phone: person.phone,
    country: person.country,
    ip: client.ip,
    knownDevice: deviceToken !== undefined,
    startedAt,
    endedAt: now,
    outcome,
    met: [...(met.refusal ? ['refused'] : []), ...(met.captcha ? ['captcha'] : [])],
    trail,
    guard: [],
  };
}

/** One line for each message and each guard event of the phone while the person signed in. */
const EXPLAIN = `
  SELECT 'message ' || s.channel || ' ' || s.status || coalesce(' ' || s.failure, '') || coalesce(' by ' || s.blocked_by, '') AS line, s.created_at AS at
  FROM sms_log s JOIN login_attempts a ON a.id = s.attempt_id WHERE a.phone = $1 AND s.created_at BETWEEN to_timestamp($2) AND to_timestamp($3)
  UNION ALL
  SELECT action || ' by ' || rule || ' x' || count, at FROM guard_events
  WHERE masked_phone LIKE left($1, 4) || '%' || right($1, 2) AND at BETWEEN to_timestamp($2) AND to_timestamp($3) ORDER BY at`;

/** Adds to each problem what the database knows about it. */
export async function explainProblems(problems: Problem[], databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  for (const problem of problems) {
    const { phone, startedAt, endedAt } = problem;
    const times = [startedAt / 1000 - 1, endedAt / 1000 + 1];
    const { rows } = await client.query<{ line: string }>(EXPLAIN, [phone, ...times]);
    problem.guard = rows.map(({ line }) => line);
  }
  await client.end();
}

/** One line for each problem. */
export const printProblem = (problem: Problem): string => {
  const { scenario, phone, country, ip, knownDevice, startedAt, outcome, met, trail, guard } = problem;
  const at = new Date(startedAt).toISOString().slice(5, 19);
  const device = knownDevice ? 'known device' : 'new device';
  return `${scenario} | ${at} | ${phone} ${country} ${ip} ${device} | ${outcome} ${met.join(' ')} | ${trail.join(', ')} | ${guard.join(', ')}`;
};
