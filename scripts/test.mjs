// `npm test`: builds, checks types, lint, format, unused code and documentation, and runs all tests. Each of these also has its own
// command in package.json. Every step runs even if an earlier one failed. The last line is the sum: `N passed, N
// failed`. With `--examples` it also builds and runs the applications of examples/, which takes about a minute more.
import '../bin/require-node.mjs';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPrograms, missingPrograms } from './install-programs.mjs';
import { runVitest } from './run-vitest.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
let passed = 0;
let failed = 0;

/** Runs a program without standard input, its output shown. @returns whether it succeeded. */
function run(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (error) console.error(`${program} cannot be run: ${error.message}`);
  return status === 0;
}

function count(name, succeeded) {
  console.log(`${succeeded ? 'passed' : 'FAILED'}: ${name}`);
  if (succeeded) passed += 1;
  else failed += 1;
}

async function runTests(selection) {
  const results = await runVitest(selection);
  passed += results.passed;
  failed += results.failed;
}

/** Runs a script of package.json without building again. @returns whether it succeeded, and its output. */
function check(script) {
  const command = scripts[script].replace('npm run --silent build && ', '');
  const PATH = [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter);
  const child = spawn(command, {
    cwd: root,
    shell: true,
    env: { ...process.env, PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // The tests have priority: the checks use the time in which tests wait.
  if (child.pid !== undefined) setPriority(child.pid, 19);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  }
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ succeeded: false, output: `${output}${error.message}\n` }));
    child.once('close', (status) => resolve({ succeeded: status === 0, output }));
  });
}

const CHECKS = {
  types: 'typecheck',
  lint: 'lint',
  format: 'format:check',
  'unused code': 'knip',
  documentation: 'docs',
};

/** Runs one check after another. The output of each check is printed without interruption. */
async function runChecks() {
  for (const [name, script] of Object.entries(CHECKS)) {
    const { succeeded, output } = await check(script);
    process.stdout.write(output);
    count(name, succeeded);
  }
}

count('build', run(process.execPath, ['scripts/build.mjs']));
const checks = runChecks();
const missing = missingPrograms();
if (missing.length > 0) installPrograms(missing);
// The tests start their own Redis servers. Without the program, no test runs.
if (missingPrograms().some(({ name }) => name === 'Redis')) count('tests, which need Redis (or REDIS_URL)', false);
else {
  await runTests(['--config', 'vitest.all.config.ts']);
  if (process.argv.includes('--examples')) await runTests(['--project', 'examples']);
}
await checks;

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
