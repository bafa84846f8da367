import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../support/ports.js';
import { makeFolder } from '../../support/process.js';

export interface Nginx {
  port: number;
  stop(): Promise<void>;
}

/** Folders in which distributions install nginx. They are often not on the path of an ordinary user. */
const PATH = `${process.env['PATH']}:/usr/sbin:/usr/local/sbin`;

/** Where nginx puts bodies: below the folder in which it runs. */
export const TEMPORARY_FILES = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  .map((name) => `${name}_temp_path ${name};`)
  .join(' ');

/** The configuration around a file of conf.d. Files are written only below the folder in which nginx runs. */
const AROUND = `
daemon off;
master_process off; # one process, whoever runs it: nobody is left behind when it is killed
pid nginx.pid;
error_log stderr warn;
events { worker_connections 4096; }
http {
  access_log off;
  ${TEMPORARY_FILES}
  include app.conf;
}
`;

/**
 * A real nginx on its own port.
 *
 * @param configure returns the content of a file of conf.d that listens on this port
 */
export function startNginx(configure: (port: number) => string): Promise<Nginx> {
  return startNginxWith((port, folder) => {
    writeFileSync(join(folder, 'app.conf'), configure(port));
    return AROUND;
  });
}

/**
 * A real nginx on its own port.
 *
 * @param configure returns the whole configuration. nginx runs in the folder
 */
export async function startNginxWith(configure: (port: number, folder: string) => string): Promise<Nginx> {
  if (spawnSync('nginx', ['-v'], { env: { PATH } }).error) {
    throw new Error(
      'This test needs nginx: install the package nginx (Debian, Ubuntu: "apt-get install nginx"; macOS: "brew install nginx").',
    );
  }
  const port = await freePort();
  const folder = makeFolder();
  writeFileSync(join(folder, 'nginx.conf'), configure(port, folder));
  const child = spawn('nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], {
    cwd: folder,
    env: { PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const stop = () => end(child);
  try {
    while (!(await answers(port))) {
      if (child.exitCode !== null) throw new Error(`nginx does not start:\n${said}`);
      await sleep(20);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, stop };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
