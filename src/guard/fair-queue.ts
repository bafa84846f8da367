import { networkOf } from './client-ip.js';
import { cpuMs } from './cpu-time.js';
import type { NetworkBudget } from './network-budget.js';

/**
 * Shares the event loop between client networks. It runs at most one job at each turn of the event loop, so everything
 * else that waits for the event loop is served in between. The networks alternate, so one network cannot delay another.
 */
export interface FairQueue {
  /** Runs `job` when it is the turn of the client's network. */
  enqueue(ip: string, job: () => void): void;
}

/** How often the networks that have used up their budget are rechecked. */
const RECHECK_MS = 20;

/** `cpuTime` is the milliseconds of CPU time that each network may use. */
export function createFairQueue(cpuTime: NetworkBudget): FairQueue {
  /** Networks that have waiting jobs and something left of their budget, in the order of their turns. */
  const ready = new Map<string, Jobs>();
  /** Networks that have waiting jobs and must wait for their budget. */
  const exhausted = new Map<string, Jobs>();
  let isScheduled = false;
  let recheck: NodeJS.Timeout | undefined;

  function schedule(): void {
    if (isScheduled || ready.size === 0) return;
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
  function turn(): () => void {
    const [network, jobs] = ready.entries().next().value as [string, Jobs];
    ready.delete(network);
    const { ip, job } = jobs.shift() as Job;
    const startedAt = cpuMs();
    job();
    return () => {
      cpuTime.charge(ip, cpuMs() - startedAt);
      if (jobs.length > 0) wait(network, jobs);
    };
  }

  function wait(network: string, jobs: Jobs): void {
    // Jobs may have come while the network had its turn.
    const others = ready.get(network) ?? exhausted.get(network);
    if (others) return void others.unshift(...jobs);
    if (cpuTime.waitMs(network) === 0) return void ready.set(network, jobs);
    exhausted.set(network, jobs);
    recheck ??= setTimeout(readmit, RECHECK_MS).unref();
  }

  function readmit(): void {
    recheck = undefined;
    for (const [network, jobs] of exhausted)
      if (cpuTime.waitMs(network) === 0) {
        exhausted.delete(network);
        ready.set(network, jobs);
      }
    if (exhausted.size > 0) recheck = setTimeout(readmit, RECHECK_MS).unref();
    schedule();
  }

  return {
    enqueue(ip, job) {
      const network = networkOf(ip);
      const jobs = ready.get(network) ?? exhausted.get(network);
      if (jobs) jobs.push({ ip, job });
      else wait(network, [{ ip, job }]);
      schedule();
    },
  };
}

interface Job {
  ip: string;
  job: () => void;
}
type Jobs = Job[];
