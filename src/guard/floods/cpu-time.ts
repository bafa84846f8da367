/**
 * Milliseconds of CPU time that this process has used. Not wall-clock time: on a busy machine, the time in which other
 * processes run would otherwise be charged to a client.
 */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
