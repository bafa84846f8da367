// `npm test`: builds, checks types, lint and format, makes sure of the programs that tests start, and runs the tests.
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

const succeeds = (program, ...args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;

/** Programs that tests start, by the Debian packages they come in. */
const NEEDED = {
  'redis-server': () => Boolean(process.env.REDIS_URL) || succeeds('redis-server', '--version'),
  // Often not on the path of who is not root.
  nginx: () => ['nginx', '/usr/sbin/nginx'].some((nginx) => succeeds(nginx, '-v')),
  'python3-jwt python3-cryptography': () =>
    ['python3', '/usr/bin/python3'].some((python) => succeeds(python, '-c', 'import jwt, cryptography')),
  'chromium-headless-shell fonts-noto-core': () =>
    ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'].some((browser) =>
      succeeds(browser, '--version'),
    ),
};

/** Installs what is missing, where that can be done. What is missing then, the tests that need it will say. */
function ensurePrograms() {
  const missing = Object.keys(NEEDED).filter((packages) => !NEEDED[packages]());
  if (missing.length === 0 || process.getuid?.() !== 0 || !succeeds('apt-get', '--version')) return;
  console.log(`Missing; installing the Debian packages: ${missing.join(' ')}.`);
  installPackages(missing);
}

function installPackages(packages) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  // Asked by Debian's packages whether they may start their service; 101 is no.
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n');
  if (ours) chmodSync(policy, 0o755);
  try {
    run('apt-get', ['update'], env);
    // One by one: what cannot be had does not keep out the rest.
    for (const names of packages) {
      run('apt-get', ['install', '-y', '--no-install-recommends', ...names.split(' ')], env);
    }
  } finally {
    if (ours) rmSync(policy);
  }
}

/** The tests start Redis servers of their own; only the program has to be there. Without it, none of them runs. */
function hasRedis() {
  if (NEEDED['redis-server']()) return true;
  console.error(
    'The tests need Redis: install the package redis-server (Debian, Ubuntu: "apt-get install redis-server"; macOS: "brew install redis"), or set REDIS_URL.',
  );
  return false;
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
count(
  'types',
  // What runs in a browser sees other globals than what runs in Node.
  ['.', 'src/web', 'test/web', 'test/browser', 'examples'].every((project) => tool('tsc', '--noEmit', '-p', project)),
);
count('lint', tool('oxlint', '--type-aware', '--deny-warnings'));
count('format', tool('oxfmt', '--check'));
ensurePrograms();
if (hasRedis()) runTests();
else count('tests, which need Redis', false);

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
