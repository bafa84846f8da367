/** The result of one check, printed as one line. */
export interface Finding {
  /** Subject of the check, such as "database" or "green-api". */
  about: string;
  level: 'ok' | 'warning' | 'problem';
  message: string;
  /** How to correct it. */
  advice?: string;
}

export const ok = (about: string, message: string): Finding => ({ about, level: 'ok', message });

export const warning = (about: string, message: string, advice: string): Finding => ({
  about,
  level: 'warning',
  message,
  advice,
});

export const problem = (about: string, message: string, advice: string): Finding => ({
  about,
  level: 'problem',
  message,
  advice,
});

/** Prints a finding as one line. Problems are visible without colours. */
export function printFinding({ about, level, message, advice }: Finding): string {
  const mark = { ok: 'ok     ', warning: 'WARNING', problem: 'PROBLEM' }[level];
  // A message may quote line breaks from the environment or a provider.
  return `${mark}  ${about.padEnd(16)}  ${message}${advice ? `. ${advice}` : ''}`.replaceAll(
    /\s*[\n\r\u2028\u2029]\s*/g,
    ' ',
  );
}
