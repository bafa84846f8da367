import { type Stats, readFileSync, statSync } from 'node:fs';
import { VARIABLES } from './variables.js';

type Env = Record<string, string | undefined>;

/** The variables whose value is a secret, or contains one. Each may be given as a file: GATEWAY_SECRET_FILE. */
export const SECRET_VARIABLES = Object.values(VARIABLES)
  .flatMap((group) => Object.entries(group))
  .filter(([, { secret }]) => secret)
  .map(([name]) => name);

/** A secret is a line of text. A larger file is another file. */
const MAX_BYTES = 64 * 1024;

/**
 * Replaces each `<NAME>_FILE` by `<NAME>` with the content of the file, without line ends at its end. The problems name
 * neither the content nor the path, because an operator may have put the secret itself where the path belongs.
 *
 * @returns `unread` has a value for each secret whose file cannot be used, so that it does not count as missing too
 */
export function readSecretFiles(env: Env): { env: Env; problems: string[]; unread: Env } {
  const read: Env = { ...env };
  const problems: string[] = [];
  const unread: Env = {};
  for (const name of SECRET_VARIABLES) {
    const fileVariable = `${name}_FILE`;
    const path = env[fileVariable];
    if (path === undefined) continue;
    if (env[name] !== undefined) {
      problems.push(`${fileVariable} is set, and ${name} too: remove one of the two`);
      continue;
    }
    const { value, problem } = readSecretFile(path);
    if (value === undefined) {
      problems.push(`${fileVariable} ${problem}`);
      unread[name] = name;
    } else read[name] = value;
  }
  return { env: read, problems, unread };
}

function readSecretFile(path: string): { value: string; problem?: never } | { value?: never; problem: string } {
  try {
    const problem = problemOf(statSync(path));
    if (problem) return { problem };
    const value = readFileSync(path, 'utf8').replace(/[\r\n]+$/, '');
    return value.trim() === '' ? { problem: 'names an empty file' } : { value };
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return {
      problem:
        code === 'ENOENT'
          ? 'names a file that does not exist: write the path of the file, not the secret'
          : `names a file that cannot be read (${code}): let the account of the gateway read it`,
    };
  }
}

function problemOf(file: Stats): string | undefined {
  if (!file.isFile()) return 'names something that is not a file';
  return file.size > MAX_BYTES ? 'names a file that is too large for a secret' : undefined;
}
