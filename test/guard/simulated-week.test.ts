import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Goal } from '../../bench/simulate-week/goals.js';
import type { Scenario } from '../../bench/simulate-week/scenarios.js';
import type { Tally } from '../../bench/simulate-week/tally.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { PROJECT } from '../support/process.js';

/**
 * `npm run simulate:week -- --short`: all scenarios of the week, each with few people and requests. It has a process of its
 * own, because it replaces the clock.
 */

/**
 * Goals that only the whole week can judge (docs/security/simulated-week.md): with a hundred sign-ins and 15 requests of an attacker,
 * one more or less decides a part of a hundred.
 */
const NEEDS_THE_WEEK = new Set([
  'at least 99.90 % of honest sign-ins succeed with any one provider down',
  'at most 0.10 % of honest people are refused',
  'at most 1.00 % of honest people are asked a captcha',
  'pumping costs at most 1.00 % of the bill without the guard',
]);

interface Printed {
  scenarios: { scenario: Scenario; tally: Tally }[];
  goals: Goal[];
  table: string;
}

let database: TestDatabase;
let week: Printed;
let child: ChildProcess | undefined;

beforeAll(async () => {
  database = await createDatabase();
  week = JSON.parse(await simulate()) as Printed;
}, 300_000);
afterAll(async () => {
  child?.kill('SIGKILL'); // if it takes too long
  await database.drop();
});

function simulate(): Promise<string> {
  const script = join(PROJECT, 'bench/simulate-week/main.ts');
  const simulation = spawn(process.execPath, ['--import', 'tsx', script, '--short', '--json'], {
    cwd: PROJECT,
    env: { PATH: process.env['PATH'], DATABASE_URL: database.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child = simulation;
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    simulation[name].setEncoding('utf8').on('data', (text: string) => (written[name] += text));
  return new Promise((resolve, reject) => {
    simulation.once('error', reject);
    simulation.once('close', (code) => (code === 0 ? resolve(written.stdout) : reject(new Error(written.stderr))));
  });
}

const tallies = (kind: Scenario['kind']) =>
  week.scenarios.filter(({ scenario }) => scenario.kind === kind).map(({ tally }) => tally);

test('honest people sign in while nobody attacks, without a refusal or a captcha', () => {
  const [quiet] = tallies('quiet');
  expect(quiet).toMatchObject({ refused: 0, captcha: 0 });
  expect(quiet?.honest).toBeGreaterThan(5);
  expect(quiet?.succeeded).toBe(quiet?.honest);
});

test('every attack makes its requests, and every provider is down in three ways', () => {
  for (const tally of [...tallies('pumping'), ...tallies('guessing'), ...tallies('flood')])
    expect(tally.requests, tally.name).toBeGreaterThan(0);
  expect(tallies('pumping')).toHaveLength(9);
  expect(tallies('provider down')).toHaveLength(15);
});

test.each(['pumping over many ranges', 'one SIM on known devices'])(
  'some messages of the attack are sent: %s',
  (name) => {
    const found = week.scenarios.find(({ tally }) => tally.name === name);
    expect(found?.tally.sent.attack.messages).toBeGreaterThan(0);
    expect(found?.tally.requestsRefused).toBeLessThan(found?.tally.requests ?? 0);
  },
);

test('no account is taken over by guesses', () => {
  expect(week.scenarios.reduce((sum, { tally }) => sum + tally.takeovers, 0)).toBe(0);
});

test('the table has a line for each scenario', () => {
  for (const { tally } of week.scenarios) expect(week.table).toContain(`| ${tally.name}`);
});

test('the goals are met that a short week can judge', () => {
  const missed = week.goals.filter(({ met, name }) => !met && !NEEDS_THE_WEEK.has(name));
  expect(missed, JSON.stringify(week.goals, undefined, 2)).toEqual([]);
});
