import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  realpathSync,
  rmdirSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '../../startup-error.js';

/** Who PostgreSQL's processes run as. Absent: as ourselves. */
export interface Account {
  uid?: number;
  gid?: number;
}

/** PostgreSQL refuses to run as root; then it runs as `nobody`. */
export function postgresAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('nobody:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined) {
    throw new StartupError(
      'PostgreSQL does not run as root and this machine has no user "nobody": start Phonegate as an ordinary user, or set DATABASE_URL.',
    );
  }
  return { uid: Number(uid), gid: Number(gid) };
}

/**
 * The folder of PostgreSQL's programs and the folder for its data, both reachable by the account.
 *
 * Root's own folders (a home with mode 0700, a fresh `mktemp -d`) cannot be entered by `nobody`. Then both stand under
 * /var/lib/phonegate, and `<home>/postgres` is a symbolic link to there.
 */
export function reachableFolders(account: Account, binaries: string, home: string): { binaries: string; data: string } {
  const data = join(home, 'postgres');
  if (account.uid === undefined || account.gid === undefined) return { binaries, data };
  if (!lstatSync(data, { throwIfNoEntry: false })?.isSymbolicLink()) {
    mkdirSync(data, { recursive: true });
    chownSync(data, account.uid, account.gid);
    if (canEnter(account, binaries, data)) return { binaries, data };
    rmdirSync(data);
    const elsewhere = join('/var/lib/phonegate', randomUUID());
    mkdirSync(join(elsewhere, 'data'), { recursive: true });
    chownSync(join(elsewhere, 'data'), account.uid, account.gid);
    for (const folder of ['/var/lib/phonegate', elsewhere]) chmodSync(folder, 0o711);
    symlinkSync(elsewhere, data);
  }
  const real = realpathSync(data); // by its own path: the link is inside the folder that cannot be entered
  const copy = join(real, 'programs');
  if (!existsSync(copy)) {
    const unfinished = `${copy}.new.${randomUUID()}`;
    cpSync(binaries, unfinished, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(unfinished, copy); // whole or not at all, also after kill -9
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      if (!existsSync(copy)) throw error; // else one that started beside us was first
    }
  }
  return { binaries: copy, data: join(real, 'data') };
}

function canEnter(account: Account, binaries: string, data: string): boolean {
  const program = join(binaries, 'bin', 'postgres');
  return spawnSync('/bin/sh', ['-c', '"$0" --version && cd "$1"', program, data], account).status === 0;
}
