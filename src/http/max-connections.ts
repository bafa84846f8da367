import { readFileSync } from 'node:fs';
import { HTTP_CONNECTIONS_IN_TOTAL } from '../guard/limits.js';

/**
 * Fewer than the files that this process may open, because connections to the database and files of the gateway need
 * some too. Only Linux tells how many these are.
 */
export function maxConnections(): number {
  const files = Number(/^Max open files\s+(\d+)/m.exec(readLimits())?.[1] ?? Infinity);
  return Math.min(HTTP_CONNECTIONS_IN_TOTAL, files - Math.min(1_000, Math.ceil(files / 4)));
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return ''; // not Linux
  }
}
