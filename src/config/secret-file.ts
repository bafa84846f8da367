import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileProblem } from '../startup-error.js';

/**
 * The random secret (256 bits, base64url) in a file that only its owner can read. Creates it if there is none.
 * Processes that start at the same time get the same secret, because the complete file is moved into place only if none
 * exists.
 *
 * @param advice what to do where this account cannot use the file
 * @throws StartupError
 */
export function readOrCreateSecret(file: string, advice: string): string {
  try {
    return readOrCreate(file);
  } catch (error) {
    throw fileProblem(error, advice);
  }
}

function readOrCreate(file: string): string {
  const kept = read(file);
  if (kept !== undefined) return kept;
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(temporary, randomBytes(32).toString('base64url'), { mode: 0o600 });
  try {
    linkSync(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(temporary);
  }
  return read(file) ?? '';
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
