import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { postgresAccount } from '../../../src/db/embedded/account.js';
import { freePort } from '../../support/ports.js';
import { makeFolder, until } from '../../support/process.js';

export interface PgBouncer {
  /** The database through PgBouncer. */
  url: string;
  stop(): Promise<void>;
}

/** A real PgBouncer in front of a database, in transaction mode: each transaction may run on another connection to the server. */
export async function startPgBouncer(databaseUrl: string, settings: Record<string, string> = {}): Promise<PgBouncer> {
  const { hostname, port: serverPort, username, password, pathname } = new URL(databaseUrl);
  const port = await freePort();
  const folder = makeFolder();
  const file = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o644 });
  file('users.txt', `"${decodeURIComponent(username)}" "${decodeURIComponent(password)}"\n`);
  const lines = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'plain',
    auth_file: join(folder, 'users.txt'),
    pool_mode: 'transaction',
    // Fewer than the connections of a gateway, so that they take turns.
    default_pool_size: 4,
    max_client_conn: 500,
    ...settings,
  };
  file(
    'pgbouncer.ini',
    `[databases]\n* = host=${hostname} port=${serverPort}\n[pgbouncer]\n${Object.entries(lines)
      .map(([name, value]) => `${name} = ${value}`)
      .join('\n')}\n`,
  );
  const PATH = [process.env['PATH'], '/usr/sbin'].join(':');
  const child = spawn('pgbouncer', [join(folder, 'pgbouncer.ini')], {
    ...postgresAccount(), // it refuses to run as root, too
    env: { PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.on('error', (error) => (output += error.message));
  await until(() => output.includes('process up') || child.exitCode !== null);
  if (child.exitCode !== null) throw new Error(`PgBouncer ended: ${output}`);

  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${port}`;
  url.pathname = pathname;
  return { url: url.toString(), stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  await gone;
}
