import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../support/ports.js';
import { makeFolder } from '../../support/process.js';

export interface Haproxy {
  port: number;
  stop(): Promise<void>;
}

/** A real haproxy that passes each TCP connection to the first server that accepts connections: the others are backups. */
export async function startHaproxy(ports: number[]): Promise<Haproxy> {
  const port = await freePort();
  const file = join(makeFolder(), 'haproxy.cfg');
  writeFileSync(
    file,
    `defaults
  mode tcp
  timeout connect 1s
  timeout client 1m
  timeout server 1m
  retries 1
  option redispatch
listen postgres
  bind 127.0.0.1:${port}
  default-server inter 300ms fall 1 rise 1 on-marked-down shutdown-sessions
${ports.map((server, index) => `  server s${index} 127.0.0.1:${server} check${index > 0 ? ' backup' : ''}`).join('\n')}
`,
  );
  const PATH = [process.env['PATH'], '/usr/sbin'].join(':');
  const child = spawn('haproxy', ['-db', '-f', file], { env: { PATH }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.on('error', (error) => (output += error.message));
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  while (!(await accepts(port))) {
    if (hasEnded()) throw new Error(`haproxy ended: ${output}`);
    await sleep(50);
  }
  return {
    port,
    async stop() {
      if (hasEnded()) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
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
