import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type pg from 'pg';
import { type Owner, readOwner } from './owner.js';
import { connect, urlOf } from './server.js';

/** The URL of the embedded PostgreSQL that a running gateway has started in this folder; undefined when none runs. */
export async function runningPostgresUrl(folder: string): Promise<string | undefined> {
  const running = await connectToRunning(folder);
  await running?.client.end();
  return running?.url;
}

/** The gateway that runs on the embedded PostgreSQL in this folder; undefined when none runs, or it cannot be read. */
export async function runningGateway(folder: string): Promise<Owner | undefined> {
  const running = await connectToRunning(folder).catch(() => undefined);
  const owner = running && (await readOwner(running.client).catch(() => undefined));
  await running?.client.end();
  return owner;
}

async function connectToRunning(folder: string): Promise<{ client: pg.Client; url: string } | undefined> {
  const home = resolve(folder);
  const password = join(home, 'postgres-password');
  const lockFile = [join(home, 'postgres', 'cluster'), join(home, 'postgres', 'data', 'cluster')]
    .map((cluster) => join(cluster, 'postmaster.pid'))
    .find((file) => existsSync(file));
  if (!lockFile || !existsSync(password)) return undefined;
  const port = Number(readFileSync(realpathSync(lockFile), 'utf8').split('\n')[3]);
  const secret = readFileSync(password, 'utf8').trim();
  const client = port ? await connect(port, secret) : undefined;
  return client && { client, url: urlOf(port, secret) };
}
