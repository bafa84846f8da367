import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StartupError } from '../../startup-error.js';
import type { Account } from './account.js';

/** Makes the data folder of a new server, whole or not at all. */
export async function initialise(binaries: string, data: string, cluster: string, password: string, account: Account) {
  mkdirSync(data, { recursive: true });
  // A folder of our own: the initdb of a killed gateway, or of one that starts beside us, may still be writing to its.
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
    if (existsSync(cluster)) return; // one that started beside us was first, and has cleared ours away
    throw new StartupError(
      `The embedded PostgreSQL could not make its data folder ${cluster}: ${(error as { stderr?: string }).stderr?.trim() || (error as Error).message}`,
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
  try {
    renameSync(unfinished, cluster); // whole or not at all, also after kill -9
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(cluster)) throw error; // else one that started beside us was first
  }
}

/** What killed starts have left half made. */
export function clearUnfinished(data: string): void {
  for (const entry of readdirSync(data).filter((name) => name.startsWith('cluster.new'))) {
    rmSync(join(data, entry), { recursive: true, force: true, maxRetries: 5 });
  }
}
