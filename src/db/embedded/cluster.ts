import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StartupError } from '../../startup-error.js';
import type { Account } from './account.js';

/** The folders and the account of an embedded PostgreSQL. */
export interface Installation {
  /** `.data/`, or the folder that replaces it. */
  home: string;
  account: Account;
  binaries: string;
  /** The folder that holds the cluster. */
  data: string;
  /** PostgreSQL's data directory. */
  cluster: string;
  password: string;
}

/** Creates the data folder of a new server atomically. @throws StartupError when initdb fails. */
export async function initializeCluster({ binaries, data, cluster, password, account }: Installation): Promise<void> {
  mkdirSync(data, { recursive: true });
  // Uses a new folder, because the initdb of a killed gateway, or of one that starts at the same time, may still be
  // writing to its own.
  const unfinished = `${cluster}.new.${randomBytes(6).toString('hex')}`;
  const passwordFile = `${unfinished}.password`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account.uid !== undefined && account.gid !== undefined) chownSync(passwordFile, account.uid, account.gid);
  try {
    await promisify(execFile)(
      join(binaries, 'bin', 'initdb'),
      [
        `--pgdata=${unfinished}`,
        '--username=phonegate',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--no-sync',
      ],
      { ...account, cwd: data },
    );
  } catch (error) {
    if (existsSync(cluster)) return; // another process was faster, and has deleted our folder
    throw new StartupError(
      `The embedded PostgreSQL could not create its data folder ${cluster}: ${(error as { stderr?: string }).stderr?.trim() || (error as Error).message}`,
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
  try {
    renameSync(unfinished, cluster); // atomic, also after kill -9
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(cluster)) throw error; // another process was faster
  }
}

/** Deletes unfinished folders that killed processes left behind. */
export function deleteUnfinishedClusters(data: string): void {
  for (const entry of readdirSync(data).filter((name) => name.startsWith('cluster.new'))) {
    rmSync(join(data, entry), { recursive: true, force: true, maxRetries: 5 });
  }
}
