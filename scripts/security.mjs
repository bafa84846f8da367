// `npm run security`: fuzzing, the attack suite, known vulnerabilities of packages, and the bill of materials. Every step
// runs even if an earlier one failed. The last line is the sum: `N passed, N failed`. The reasons are in docs/decisions/0041.
// SECURITY_FUZZ_SECONDS is the time for the random inputs of each target (20 by default). SECURITY_FUZZ_SEED repeats a run.
// `npm run security -- --sbom FILE` writes the bill of materials to a file.
import '../bin/require-node.mjs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ATTACK_TESTS, FUZZ_TESTS } from './attack-tests.mjs';
import { auditPackages } from './audit.mjs';
import { installPrograms, missingPrograms } from './install-programs.mjs';
import { runVitest } from './run-vitest.mjs';
import { makeSbom, writeSbom } from './sbom.mjs';

const root = join(import.meta.dirname, '..');
let passed = 0;
let failed = 0;

function count(name, succeeded) {
  console.log(`${succeeded ? 'passed' : 'FAILED'}: ${name}`);
  if (succeeded) passed += 1;
  else failed += 1;
}

async function runTests(files, env) {
  const results = await runVitest(['--project', 'unit', '--project', 'integration', ...files], env);
  passed += results.passed;
  failed += results.failed;
}

function audit() {
  const { findings, unreachable } = auditPackages();
  for (const finding of findings ?? []) console.log(finding);
  if (findings) count('no package has a known vulnerability', findings.length === 0);
  // A workflow can reach the registry, so there it is a failure.
  else if (process.env.CI) count(`known vulnerabilities: the registry did not answer (${unreachable})`, false);
  else console.log(`NOT RUN: known vulnerabilities of packages. The registry did not answer (${unreachable}).`);
}

function billOfMaterials() {
  const sbom = makeSbom();
  if (typeof sbom === 'string') console.log(sbom);
  count('bill of materials (CycloneDX)', typeof sbom !== 'string');
  const at = process.argv.indexOf('--sbom');
  if (at > 0 && typeof sbom !== 'string') writeSbom(process.argv[at + 1], sbom);
}

const built = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: 'inherit' });
count('build', built.status === 0);
const missing = missingPrograms();
if (missing.length > 0) installPrograms(missing);

await runTests(FUZZ_TESTS, { SECURITY_FUZZ_SECONDS: process.env.SECURITY_FUZZ_SECONDS ?? '20' });
await runTests(ATTACK_TESTS);
audit();
billOfMaterials();

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
