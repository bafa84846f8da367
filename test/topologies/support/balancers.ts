import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type Socket, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../../support/ports.js';
import { PROJECT, makeFolder } from '../../support/process.js';
import { startNginx } from '../../sessions/backends/nginx.js';

export interface Balancer {
  url: string;
  /** Announces that this instance is about to get SIGTERM, as Kubernetes does at the same moment. */
  terminating(port: number): void;
  stop(): Promise<void>;
}

/** The snippet of docs/operations/reverse-proxies.md that has this beginning, with the servers of a test. */
function documented(beginning: RegExp, replacements: [from: RegExp, to: string][]): string {
  const page = readFileSync(join(PROJECT, 'docs/operations/reverse-proxies.md'), 'utf8');
  const blocks = [...page.matchAll(/^```\w+\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  let snippet = blocks.find((block) => beginning.test(block)) ?? '';
  for (const [from, to] of replacements) {
    if (!from.test(snippet)) throw new Error(`The snippet with ${beginning} has no ${from}`);
    snippet = snippet.replace(from, to);
  }
  return snippet;
}

/** nginx learns of a stopped instance only from requests that fail there (passive checks). */
export async function startNginxBalancer(ports: readonly number[]): Promise<Balancer> {
  const nginx = await startNginx((port) =>
    documented(/^# In http/, [
      [
        /( *)server 127\.0\.0\.1:4000(.*);\n(?: *server .*\n)*/,
        ports.map((instance) => `$1server 127.0.0.1:${instance}$2;\n`).join(''),
      ],
      [/listen 8080;/, `listen 127.0.0.1:${port};`],
    ]),
  );
  return { url: `http://127.0.0.1:${nginx.port}`, terminating: () => {}, stop: nginx.stop };
}

/** HAProxy asks every instance for its readiness (active checks). */
export async function startHaproxyBalancer(ports: readonly number[]): Promise<Balancer> {
  const port = await freePort();
  const folder = makeFolder();
  const snippet = documented(/^defaults/, [
    [/bind :8080/, `bind 127.0.0.1:${port}`],
    [
      /( *)server a 127\.0\.0\.1:4000(.*)\n(?: *server .*\n)*/,
      ports.map((instance) => `$1server i${instance} 127.0.0.1:${instance}$2\n`).join(''),
    ],
  ]);
  writeFileSync(join(folder, 'haproxy.cfg'), snippet);
  const child = spawn('haproxy', ['-db', '-f', 'haproxy.cfg'], {
    cwd: folder,
    env: { PATH: `${process.env['PATH']}:/usr/sbin` },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  while (!(await accepts(port))) if (child.exitCode !== null) throw new Error(`HAProxy does not start:\n${output}`);
  return { url: `http://127.0.0.1:${port}`, terminating: () => {}, stop: () => end(child) };
}

/** A second after a pod is deleted, kube-proxy still sends new connections to it. */
const PROPAGATION_MS = 1_000;
const PROBE_MS = 500;

/**
 * A service of Kubernetes: passes connections on, to instances that are ready. An instance that terminates is removed while it
 * gets SIGTERM, and the removal takes a moment. A connection that is refused is not tried at another instance.
 */
export async function startKubernetesBalancer(ports: readonly number[]): Promise<Balancer> {
  const ready = new Set(ports);
  const removed = new Set<number>();
  const sockets = new Set<Socket>();
  let turn = 0;
  const server = createServer((client) => {
    const targets = [...ready];
    const target = connect(targets[(turn += 1) % targets.length] ?? 1, '127.0.0.1');
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy()).on('close', () => sockets.delete(socket));
      socket.pipe(other);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const probe = setInterval(() => {
    for (const port of ports)
      void fetch(`http://127.0.0.1:${port}/health/ready`).then(
        ({ ok }) => {
          if (!ok) return void ready.delete(port);
          if (!removed.has(port)) ready.add(port);
        },
        () => {
          ready.delete(port);
          removed.delete(port); // the next instance on this port is another pod
        },
      );
  }, PROBE_MS);
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    terminating(port) {
      setTimeout(() => {
        removed.add(port);
        ready.delete(port);
      }, PROPAGATION_MS);
    },
    async stop() {
      clearInterval(probe);
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
