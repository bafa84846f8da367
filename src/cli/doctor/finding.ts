import type { Finding } from '../../finding.js';

export { type Finding, ok, problem, warning } from '../../finding.js';

/** Prints a finding as one line. Problems are visible without colours. */
export function printFinding({ about, level, message, advice }: Finding): string {
  const mark = { ok: 'ok     ', warning: 'WARNING', problem: 'PROBLEM' }[level];
  // A message may quote line breaks from the environment or a provider.
  return `${mark}  ${about.padEnd(16)}  ${message}${advice ? `. ${advice}` : ''}`.replaceAll(
    /\s*[\n\r\u2028\u2029]\s*/g,
    ' ',
  );
}
