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

/** The account under which PostgreSQL's processes run. Empty: the account of this process. See docs/decisions/0008. */
export interface Account {
  uid?: number;
  gid?: number;
}

/**
 * PostgreSQL refuses to run as root. If this process is root, PostgreSQL runs as the user `nobody`.
 * @throws StartupError when there is no such user.
 */
export function postgresAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('nobody:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined) {
    throw new StartupError(
      'PostgreSQL does not run as root, and this machine has no user "nobody". Start Phonegate as an ordinary user, or set DATABASE_URL.',
    );
  }
  return { uid: Number(uid), gid: Number(gid) };
}

/**
 * The folders of PostgreSQL's programs and data, both accessible to the account.
 *
 * The user `nobody` cannot enter root's own folders (a home with mode 0700, a new `mktemp -d`). In that case both
 * folders are created under /var/lib/phonegate, and `<home>/postgres` is a symbolic link to them.
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
  const real = realpathSync(data); // not the link: it is inside a folder that the account cannot enter
  const copy = join(real, 'programs');
  if (!existsSync(copy)) {
    const unfinished = `${copy}.new.${randomUUID()}`;
    cpSync(binaries, unfinished, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(unfinished, copy); // atomic, also after kill -9
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      if (!existsSync(copy)) throw error; // another process was faster
    }
  }
  return { binaries: copy, data: join(real, 'data') };
}

function canEnter(account: Account, binaries: string, data: string): boolean {
  const program = join(binaries, 'bin', 'postgres');
  return spawnSync('/bin/sh', ['-c', '"$0" --version && cd "$1"', program, data], account).status === 0;
}
