import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/**
 * Runs Vitest and counts its results. A skipped test proves nothing, so it counts as failed. A file that cannot be
 * loaded counts as failed too.
 */
export async function runVitest(selection, env = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'phonegate-results-'));
  const file = join(folder, 'results.json');
  const tests = spawn(
    join(root, 'node_modules/.bin/vitest'),
    ['run', ...selection, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const succeeded = await new Promise((resolve) => {
    tests.once('error', () => resolve(false));
    tests.once('close', (status) => resolve(status === 0));
  });
  const results = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { numPassedTests: 0, numTotalTests: 0 };
  rmSync(folder, { recursive: true });
  const { numPassedTests, numTotalTests, testResults = [] } = results;
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  );
  const notPassed = numTotalTests - numPassedTests + brokenFiles.length;
  // Vitest can also fail outside a test: an uncaught error, the set-up, no test at all.
  const failed = notPassed === 0 && (!succeeded || numTotalTests === 0) ? 1 : notPassed;
  return { passed: numPassedTests, failed };
}
