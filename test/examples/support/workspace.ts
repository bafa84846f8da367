import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { installTarballs, packTarball, run } from '../../packages/support/tarballs.js';
import { PROJECT } from '../../support/process.js';

/** A folder outside the project, with copies of examples and the packages that they import. */
export interface Workspace {
  /** Copies an example, without what an earlier copy wrote. @returns its folder */
  copy(example: string): string;
  /** The file of a program that the examples use. */
  program(path: string): string;
  remove(): void;
}

/**
 * The packed client and components are in `node_modules` beside the copies, and what else the examples depend on is in that of the
 * folder above. So a file that npm would not publish is missing here, too.
 */
export async function createWorkspace(): Promise<Workspace> {
  const [client, react, installed] = await Promise.all([
    packTarball('client'),
    packTarball('react'),
    installDependencies(),
  ]);
  const folder = mkdtempSync(join(installed, 'run-'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true }));
  await installTarballs(folder, [client, react]);
  return {
    copy(example) {
      const copied = join(folder, example);
      rmSync(copied, { recursive: true, force: true });
      cpSync(join(PROJECT, 'examples', example), copied, {
        recursive: true,
        filter: (path) => !/\/(\.next|dist|node_modules)$/.test(path),
      });
      return copied;
    },
    program: (path) => join(installed, 'node_modules', path),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/**
 * Installs what the examples depend on, 450 MB of which Next.js is most. It is kept between runs, outside the project: Next.js compiles
 * no application below a folder `node_modules`, and takes none that is a link.
 */
async function installDependencies(): Promise<string> {
  const files = ['package.json', 'package-lock.json'].map((name) => join(PROJECT, 'test/examples', name));
  const digest = createHash('sha256').update(process.version);
  for (const file of files) digest.update(readFileSync(file));
  const caches = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'phonegate-examples');
  const folder = join(caches, digest.digest('hex').slice(0, 16));
  if (existsSync(folder)) return folder;
  mkdirSync(caches, { recursive: true });
  const unfinished = mkdtempSync(join(caches, 'unfinished-'));
  for (const file of files) cpSync(file, join(unfinished, file.slice(file.lastIndexOf('/') + 1)));
  await run('npm', ['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: unfinished });
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(unfinished, { recursive: true }); // another run has finished first
  }
  return folder;
}
