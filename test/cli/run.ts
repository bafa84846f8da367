import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { runCommandLine } from '../../src/cli/command-line.js';
import type { Polling } from '../../src/cli/providers/polling.js';
import { PROJECT } from '../support/process.js';

/** The output of a command, and its exit code. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Kills a command that hangs, which then has no exit code. On an idle machine commands take a few seconds. */
const TIMEOUT_MS = 55_000;

export interface RunOptions {
  /** The whole environment. */
  env?: Record<string, string>;
  /** The content of standard input. */
  stdin?: string | Buffer;
  polling?: Polling;
}

/**
 * Runs the command line in this process, from the sources. Starting a process takes longer than most commands, so only
 * tests of the process itself spawn one.
 */
export async function phonegate(
  args: string[],
  { env = {}, stdin = '', polling = { forMs: 20_000, everyMs: 50 } }: RunOptions = {},
): Promise<Ended> {
  const ended: Ended = { code: null, stdout: '', stderr: '' };
  async function* bytes(): AsyncGenerator<Buffer> {
    yield Buffer.from(stdin as string);
  }
  ended.code = await runCommandLine(args, {
    env,
    stdin: bytes(),
    write: (text) => void (ended.stdout += text),
    drain: async () => {},
    writeError: (text) => void (ended.stderr += text),
    terminal: { write: () => {} },
    polling,
  });
  return ended;
}

export interface SpawnOptions {
  /** The whole environment. */
  env?: Record<string, string>;
  /** The working directory, in which the command looks for `.data` and `.env`. */
  folder?: string;
  program?: string;
}

/** Runs the built command line in a separate process. */
export function spawnPhonegate(args: string[], { program, folder, ...options }: SpawnOptions = {}): Promise<Ended> {
  // Not the folder of the project, where a developer may have a .env of their own.
  const at = { folder: folder ?? join(PROJECT, 'dist'), ...options };
  return run(process.execPath, [program ?? join(PROJECT, 'dist/cli/main.js'), ...args], at);
}

export function run(program: string, args: string[], { env = {}, folder }: SpawnOptions = {}): Promise<Ended> {
  const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: TIMEOUT_MS });
  const ended: Ended = { code: null, stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (ended[name] += text));
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ ...ended, code }));
  });
}
