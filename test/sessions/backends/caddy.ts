import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../support/ports.js';
import { makeFolder } from '../../support/process.js';

/** A real Caddy on its own port. @param configure returns the Caddyfile of a site that listens on this port */
export async function startCaddy(
  configure: (port: number) => string,
): Promise<{ port: number; stop(): Promise<void> }> {
  if (spawnSync('caddy', ['version']).error)
    throw new Error('This test needs Caddy: install the package caddy (Debian, Ubuntu: "apt-get install caddy").');
  const port = await freePort();
  const folder = makeFolder();
  writeFileSync(join(folder, 'Caddyfile'), `{\n\tadmin off\n\tauto_https off\n}\n${configure(port)}`);
  const child = spawn('caddy', ['run', '--config', 'Caddyfile', '--adapter', 'caddyfile'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  };
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`Caddy does not start:\n${said}`);
    await sleep(20);
  }
  return { port, stop };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
