import { resolve } from 'node:path';

/**
 * A problem that the operator must fix before the gateway can start. The message is a sentence or a list, contains no
 * secret, and is shown without a stack trace.
 */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}

/** The problem of a file or folder that this account cannot use, with what to do. Any other error stays as it is. */
export function fileProblem(error: unknown, advice: string): unknown {
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || path === undefined) return error;
  const why = REASONS[code] ?? `it fails with ${code} (${syscall})`;
  return new StartupError(`${resolve(path)} cannot be used: ${why}. ${advice}`, { cause: error });
}

const REASONS: Record<string, string> = {
  EACCES: 'this account may not (EACCES)',
  EPERM: 'this account may not (EPERM)',
  EROFS: 'the file system is read-only (EROFS)',
  ENOSPC: 'the disk is full (ENOSPC)',
  ENOTDIR: 'a part of this path is a file (ENOTDIR)',
  EEXIST: 'there is a file of this name (EEXIST)',
};
