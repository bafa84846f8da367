import { spawn, spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type RedisTarget, readRedisUrl } from '../../src/config/redis-url.js';
import { layCable } from './cable.js';
import { freePort } from './ports.js';

export interface RedisServer {
  url: string;
  /** Sends SIGKILL, so that Redis closes nothing, as when the machine dies. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A Redis for one test, which may be killed. `npm test` ensures that the program is installed, unless REDIS_URL names a
 * server. That server is not ours to kill, so the test reaches it through a cable that can be pulled.
 */
export async function startRedis(): Promise<RedisServer> {
  const given = process.env['REDIS_URL'];
  if (given && spawnSync('redis-server', ['--version']).error) return cableTo(given);
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let child = await launch();

  async function launch() {
    const server = spawn(
      'redis-server',
      ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
      {
        stdio: 'ignore',
      },
    );
    const probe = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: null, retryStrategy: () => 50 });
    probe.on('error', () => {});
    await probe.ping();
    probe.disconnect();
    return server;
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
    await sleep(10);
  }

  return {
    url,
    kill: () => end('SIGKILL'),
    restart: async () => {
      child = await launch();
    },
    stop: () => end('SIGTERM'),
  };
}

/** What REDIS_URL with this value says. */
export function targetOf(url: string): RedisTarget {
  const target = readRedisUrl(url);
  if ('problem' in target) throw new Error(target.problem);
  return target;
}

async function cableTo(url: string): Promise<RedisServer> {
  const cable = await layCable(url);
  return { url: cable.url, kill: cable.pull, restart: cable.plugIn, stop: cable.close };
}
