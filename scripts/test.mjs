// `npm test`: builds, checks types, lint and format, makes sure of a Redis, and runs the tests.
// Every step runs even if an earlier one failed. The last line is the sum: `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
let passed = 0;
let failed = 0;

/** Runs a program without standard input, its output shown. @returns whether it succeeded. */
function run(program, args, env = {}) {
  const options = { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } };
  const { status, error } = spawnSync(program, args, options);
  if (error) console.error(`${program} cannot be run: ${error.message}`);
  return status === 0;
}

const tool = (name, ...args) => run(join(root, 'node_modules/.bin', name), args);

function count(name, succeeded) {
  console.log(`${succeeded ? 'passed' : 'FAILED'}: ${name}`);
  if (succeeded) passed += 1;
  else failed += 1;
}

const hasRedis = () => spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;

/** The tests start Redis servers of their own; only the program has to be there. */
function ensureRedis() {
  if (process.env.REDIS_URL || hasRedis()) return true;
  if (process.getuid?.() === 0 && spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0) {
    console.log('No redis-server on the path: installing the Debian package redis-server.');
    installRedis();
    if (hasRedis()) return true;
  }
  console.error(
    'The tests need Redis: install the package redis-server (Debian, Ubuntu: "apt-get install redis-server"; macOS: "brew install redis"), or set REDIS_URL.',
  );
  return false;
}

function installRedis() {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  // Asked by Debian's packages whether they may start their service; 101 is no.
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n');
  if (ours) chmodSync(policy, 0o755);
  try {
    run('apt-get', ['update'], env);
    run('apt-get', ['install', '-y', '--no-install-recommends', 'redis-server'], env);
  } finally {
    if (ours) rmSync(policy);
  }
}

/** Counts what Vitest reports. A skipped test proves nothing, so it counts as failed; so does a file that breaks. */
function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'phonegate-results-'));
  const file = join(folder, 'results.json');
  const succeeded = tool('vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`);
  const results = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { numPassedTests: 0, numTotalTests: 0 };
  rmSync(folder, { recursive: true });
  const { numPassedTests, numTotalTests, testResults = [] } = results;
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  );
  const notPassed = numTotalTests - numPassedTests + brokenFiles.length;
  passed += numPassedTests;
  // It can also fail beside its tests: an error nobody caught, the set-up, no test at all.
  failed += notPassed === 0 && (!succeeded || numTotalTests === 0) ? 1 : notPassed;
}

count('build', run(process.execPath, ['scripts/build.mjs']));
count('types', tool('tsc', '--noEmit'));
count('lint', tool('oxlint', '--type-aware', '--deny-warnings'));
count('format', tool('oxfmt', '--check'));
if (ensureRedis()) runTests();
else count('tests, which need Redis', false);

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
