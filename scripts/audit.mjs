import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/**
 * Asks the registry which packages that the gateway installs have known vulnerabilities.
 *
 * @returns `findings` with a line each, or `unreachable` with the reason why the registry did not answer.
 */
export function auditPackages() {
  const { stdout, error } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  let report;
  try {
    report = JSON.parse(stdout);
  } catch {
    return { unreachable: error?.message ?? 'npm audit printed no JSON' };
  }
  if (!report.vulnerabilities) return { unreachable: report.message ?? report.error?.summary ?? 'no report' };
  const findings = Object.values(report.vulnerabilities).map(
    ({ name, severity, range }) => `${name} ${range}: ${severity}`,
  );
  return { findings };
}
