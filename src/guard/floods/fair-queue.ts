import { startCpuTime } from './cpu-time.js';
import type { NetworkBudget } from './network-budget.js';
import { networkShares } from './network-shares.js';
import { createRotation } from './rotation.js';

/**
 * Shares the event loop between client networks. It runs at most one job at each turn of the event loop, so everything
 * else that waits for the event loop is served in between. The networks alternate, so one network cannot delay another. The
 * networks of one /48 of IPv6 together have the turns of one network, and share them in the same way.
 */
export interface FairQueue {
  /** Runs `job` when it is the turn of the client's network. */
  enqueue(ip: string, job: () => void): void;
}

/** How often the networks that have used up their budget are rechecked. */
const RECHECK_MS = 20;

/** `cpuTime` is the milliseconds of CPU time that each network may use. */
export function createFairQueue(cpuTime: NetworkBudget): FairQueue {
  /** Networks that have waiting jobs. */
  const waiting = new Map<string, Jobs>();
  /** Those that have something left of their budget. */
  const ready = createRotation<Jobs>();
  /** Those that must wait for their budget. */
  const exhausted = new Set<Jobs>();
  let isScheduled = false;
  let recheck: NodeJS.Timeout | undefined;

  function schedule(): void {
    if (isScheduled || ready.isEmpty()) return;
    isScheduled = true;
    let charge: (() => void) | undefined;
    setImmediate(() => (charge = turn()));
    // Runs right after the microtasks of the job, so that their time counts too.
    setImmediate(() => {
      isScheduled = false;
      charge?.();
      schedule();
    });
  }

  /** Runs the next job. @returns what to do after its microtasks */
  function turn(): (() => void) | undefined {
    const jobs = ready.next();
    const job = jobs?.list.shift();
    if (!jobs || !job) return undefined;
    const cpuMs = startCpuTime();
    job();
    return () => {
      cpuTime.charge(jobs.ip, cpuMs());
      if (jobs.list.length > 0) wait(jobs);
      else waiting.delete(jobs.path.at(-1) as string);
    };
  }

  function wait(jobs: Jobs): void {
    if (cpuTime.waitMs(jobs.ip) === 0) return ready.add(jobs.path, jobs);
    exhausted.add(jobs);
    recheck ??= setTimeout(readmit, RECHECK_MS).unref();
  }

  function readmit(): void {
    recheck = undefined;
    for (const jobs of exhausted)
      if (cpuTime.waitMs(jobs.ip) === 0) {
        exhausted.delete(jobs);
        ready.add(jobs.path, jobs);
      }
    if (exhausted.size > 0) recheck = setTimeout(readmit, RECHECK_MS).unref();
    schedule();
  }

  return {
    enqueue(ip, job) {
      const path = networkShares(ip).map((share) => share.network);
      const network = path[0] as string;
      const known = waiting.get(network);
      if (known) known.list.push(job);
      else {
        const jobs = { ip, path: path.toReversed(), list: [job] };
        waiting.set(network, jobs);
        wait(jobs);
      }
      schedule();
    },
  };
}

interface Jobs {
  ip: string;
  /** The networks of the client, the widest first. */
  path: string[];
  list: (() => void)[];
}
