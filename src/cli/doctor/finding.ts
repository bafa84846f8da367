/** What the doctor has to say of one thing, in one line. */
export interface Finding {
  /** What was looked at, such as "database" or "green-api". */
  about: string;
  level: 'ok' | 'warning' | 'problem';
  message: string;
  /** What to do. */
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

/** One line a finding, problems unmistakable also without colours. */
export function printFinding({ about, level, message, advice }: Finding): string {
  const mark = { ok: 'ok     ', warning: 'WARNING', problem: 'PROBLEM' }[level];
  // What is quoted from elsewhere may have lines of its own.
  return `${mark}  ${about.padEnd(16)}  ${message}${advice ? `. ${advice}` : ''}`.replaceAll(
    /\s*[\n\r\u2028\u2029]\s*/g,
    ' ',
  );
}
