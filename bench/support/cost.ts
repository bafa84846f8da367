import { readFileSync, readdirSync } from 'node:fs';

/** Clock ticks per second in which Linux counts CPU time (USER_HZ). */
const TICKS = 100;

/** CPU time of a process and its ended children, in milliseconds. NaN except on Linux. */
export function cpuMs(pid: number): number {
  const fields = stat(pid);
  if (!fields) return Number.NaN;
  // utime, stime, cutime, cstime: fields 14 to 17 of /proc/<pid>/stat, counted from 1.
  return (fields.slice(11, 15).reduce((sum, value) => sum + Number(value), 0) * 1000) / TICKS;
}

/** CPU time of a process and its running children, in milliseconds. */
export function cpuMsOfProcessTree(parent: number): number {
  const children = readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && stat(Number(name))?.[1] === String(parent),
  );
  return [parent, ...children.map(Number)].reduce((sum, pid) => sum + (cpuMs(pid) || 0), 0);
}

/** Resident memory of a process, in MB. */
export function residentMb(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? Number.NaN) / 1024;
}

/** The fields of /proc/<pid>/stat after the name, which may contain spaces. */
function stat(pid: number): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ');
  } catch {
    return undefined;
  }
}

export function percentile(sorted: number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

export function median(values: number[]): number {
  return percentile(
    values.toSorted((one, other) => one - other),
    0.5,
  );
}
