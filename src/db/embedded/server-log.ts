import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** The log file of PostgreSQL, from the start of a server on. */
export interface ServerLog {
  /** The last reason why the server has ended, in its own words; undefined when it gave none. */
  reason(): string | undefined;
}

/** Bytes that are read from the end of the log. */
const LAST_BYTES = 8 * 1024;

/** @param file has been created */
export function followServerLog(file: string): ServerLog {
  const from = statSync(file).size;
  return { reason: () => lastFatal(readEnd(file, from)) };
}

/** Reasons that pass by themselves: what an earlier server left behind, or a port that another program has just taken. */
const PASSES = /shared memory block|lock file|could not bind|TCP\/IP sockets/i;

/** Whether a server can start a moment later where this one could not. */
export const passes = (reason: string): boolean => PASSES.test(reason);

/** The last `FATAL` of the server itself, with its details. The ones about "the database system" went to a client. */
function lastFatal(text: string): string | undefined {
  const entries = text.split(/^(?=\d{4}-\d\d-\d\d .*?\b(?:LOG|FATAL|PANIC|WARNING|ERROR):)/m);
  const fatal = entries.findLast((entry) => /\b(FATAL|PANIC): /.test(entry) && !/the database system is/.test(entry));
  return fatal
    ?.trim()
    .split('\n')
    .map((line) => line.replace(/^.*?\b(?:FATAL|PANIC|DETAIL|HINT): +/, '').replace(/\.?$/, '.'))
    .join(' ');
}

function readEnd(file: string, from: number): string {
  const fd = openSync(file, 'r');
  try {
    const start = Math.max(from, statSync(file).size - LAST_BYTES);
    const bytes = Buffer.alloc(LAST_BYTES);
    return bytes.toString('utf8', 0, readSync(fd, bytes, 0, LAST_BYTES, start));
  } finally {
    closeSync(fd);
  }
}
