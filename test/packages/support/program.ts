import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { vi } from 'vitest';

/** What programs inherit of the environment. */
const INHERITED = { PATH: process.env['PATH'], HOME: process.env['HOME'] };

/** A program of an application, such as a server. */
export interface Program {
  output(): string;
  /** Waits until the program has written a text. Rejects, with all that it wrote, when it ends before. */
  writes(text: string | RegExp): Promise<void>;
  type(line: string): void;
  /** The exit code, when the program ends by itself. */
  ended: Promise<number | null>;
  stop(): Promise<void>;
}

export interface ProgramOptions {
  cwd: string;
  env: Record<string, string>;
}

/** Starts a program in Node. */
export function startProgram(args: string[], { cwd, env }: ProgramOptions): Program {
  const child = spawn(process.execPath, args, { cwd, env: { ...INHERITED, ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const closed = once(child, 'close');
  return {
    output: () => output,
    async writes(text) {
      const isWritten = () => (typeof text === 'string' ? output.includes(text) : text.test(output));
      await vi.waitUntil(() => isWritten() || hasEnded(child), { timeout: 30_000 });
      if (!isWritten()) throw new Error(`It ended before it wrote ${text}:\n${output}`);
    },
    type: (line) => void child.stdin.write(`${line}\n`),
    ended: closed.then(() => child.exitCode),
    async stop() {
      if (!hasEnded(child)) child.kill('SIGTERM');
      await closed;
    },
  };
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

/** Runs a program that has to succeed. Rejects, with all that it wrote, when it fails. */
export async function runProgram(args: string[], options: ProgramOptions): Promise<void> {
  const program = startProgram(args, options);
  const code = await program.ended;
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${program.output()}`);
}
