import { type Stats, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { StartupError } from '../startup-error.js';

/**
 * Adds the variables of the file `.env` in the working folder to the environment of this process. A variable that is set
 * already keeps its value, even an empty one.
 *
 * @returns the path of the file; undefined when there is none
 * @throws StartupError when the file cannot be read. Without its settings the gateway would start as another one
 */
export function loadEnvFile(): string | undefined {
  const file = resolve('.env');
  // A folder of this name is usually a Python environment.
  if (statusOf(file)?.isDirectory() ?? true) return undefined;
  try {
    process.loadEnvFile(file);
  } catch (error) {
    // The error of Node.js names no reason that helps.
    throw new StartupError(`${file} cannot be read. Let this account read it, or remove it.`, { cause: error });
  }
  return file;
}

function statusOf(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined; // the working folder itself cannot be entered
  }
}
