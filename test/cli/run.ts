import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { runCommandLine } from '../../src/cli/command-line.js';
import { PROJECT } from '../support/process.js';

/** What a command wrote and how it ended. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** Nothing else is in the environment. */
  env?: Record<string, string>;
  /** Where it is run: relative folders are looked for there. */
  folder?: string;
  program?: string;
}

/** None takes half as long; one that hangs is ended, and has no exit code then. */
const LONGEST_MS = 25_000;

/** Runs the command line as it is built, in a process of its own. */
export function phonegate(args: string[], { program, ...options }: RunOptions = {}): Promise<Ended> {
  return run(process.execPath, [program ?? join(PROJECT, 'dist/cli/main.js'), ...args], options);
}

/** Runs it without a process of its own, which takes longer to start than most commands run. */
export async function phonegateHere(args: string[], env: Record<string, string>): Promise<Ended> {
  const ended: Ended = { code: null, stdout: '', stderr: '' };
  ended.code = await runCommandLine(args, {
    env,
    write: (text) => void (ended.stdout += text),
    writeError: (text) => void (ended.stderr += text),
  });
  return ended;
}

export function run(program: string, args: string[], { env = {}, folder }: RunOptions = {}): Promise<Ended> {
  const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: LONGEST_MS });
  const ended: Ended = { code: null, stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (ended[name] += text));
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ ...ended, code }));
  });
}
