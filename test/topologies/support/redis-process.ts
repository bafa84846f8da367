import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis, type RedisOptions } from 'ioredis';
import { freePort } from '../../support/ports.js';
import { makeFolder } from '../../support/process.js';

/** A redis-server or a Sentinel, which may be killed and started again on the same port. */
export interface RedisProcess {
  host: string;
  port: number;
  /** A connection for the test. */
  connect(options?: RedisOptions): Redis;
  /** Sends one command on a connection of its own. */
  command(...args: [string, ...string[]]): Promise<unknown>;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

export interface RedisSettings {
  /** Lines of redis.conf, in addition to port, address and folder. */
  lines?: string[];
  isSentinel?: boolean;
  port?: number;
  /** How the test itself connects. */
  connection?: RedisOptions;
}

export async function startRedisProcess(settings: RedisSettings = {}): Promise<RedisProcess> {
  const { lines = [], isSentinel = false, connection = {} } = settings;
  const host = '127.0.0.1';
  const port = settings.port ?? (await freePort());
  const file = join(makeFolder(), 'redis.conf');
  const folder = makeFolder();
  const common = [`port ${port}`, `bind ${host}`, `dir ${folder}`];
  writeFileSync(file, [...common, ...(isSentinel ? [] : ['save ""', 'appendonly no']), ...lines, ''].join('\n'));
  let child = await launch();

  async function launch(): Promise<ChildProcess> {
    // The program redis-sentinel is a link to redis-server.
    const server = spawn('redis-server', [file, ...(isSentinel ? ['--sentinel'] : [])], { stdio: 'ignore' });
    const probe = connect({ lazyConnect: true, maxRetriesPerRequest: null, retryStrategy: () => 50 });
    await probe.ping();
    probe.disconnect();
    return server;
  }

  function connect(options: RedisOptions = {}): Redis {
    const redis = new Redis({ host, port, enableReadyCheck: false, ...connection, ...options });
    redis.on('error', () => {});
    return redis;
  }

  return {
    host,
    port,
    connect,
    async command(...[name, ...args]) {
      const redis = connect();
      try {
        return await redis.call(name, ...args);
      } finally {
        redis.disconnect();
      }
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    },
    async restart() {
      child = await launch();
    },
  };
}
