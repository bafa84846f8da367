import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT, makeFolder } from '../../support/process.js';

export const run = promisify(execFile);

/** The packages of a release, and how `npm pack` is told which. */
const PACKAGES = {
  client: ['--workspace', '@phonegate/client'],
  react: ['--workspace', '@phonegate/react'],
  gateway: [],
};

/** Packs a package as the release does. @returns the file, in a folder that `cleanUpProcesses` removes */
export async function packTarball(name: keyof typeof PACKAGES): Promise<string> {
  const folder = makeFolder();
  await run('npm', ['pack', '--silent', ...PACKAGES[name], '--pack-destination', folder], { cwd: PROJECT });
  const [tarball, ...others] = readdirSync(folder);
  if (!tarball || others.length > 0) throw new Error(`npm pack made ${others.length + 1} files of ${name}`);
  return join(folder, tarball);
}

/** The paths in a tarball, without the folder `package/` that all of them are in. */
export async function filesIn(tarball: string): Promise<string[]> {
  const { stdout } = await run('tar', ['-tzf', tarball]);
  return stdout
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''));
}

/** Installs tarballs as an application does, with what they depend on, but without React. */
export async function installTarballs(folder: string, tarballs: string[]): Promise<void> {
  const options = [
    '--omit=peer',
    '--no-package-lock',
    '--ignore-scripts',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
  ];
  await run('npm', ['install', ...options, ...tarballs], { cwd: folder });
}
