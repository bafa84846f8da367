import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { connect, urlOf } from './server.js';

/** The URL of the embedded PostgreSQL that a running gateway has started in this folder; undefined when none runs. */
export async function runningPostgresUrl(folder: string): Promise<string | undefined> {
  const home = resolve(folder);
  const password = join(home, 'postgres-password');
  const lockFile = [join(home, 'postgres', 'cluster'), join(home, 'postgres', 'data', 'cluster')]
    .map((cluster) => join(cluster, 'postmaster.pid'))
    .find((file) => existsSync(file));
  if (!lockFile || !existsSync(password)) return undefined;
  const port = Number(readFileSync(realpathSync(lockFile), 'utf8').split('\n')[3]);
  const secret = readFileSync(password, 'utf8').trim();
  const client = port ? await connect(port, secret) : undefined;
  await client?.end();
  return client && urlOf(port, secret);
}
