import type { Config } from '../config/config.js';
import type { Polling } from './providers/polling.js';
import type { Terminal } from './users/progress.js';

/** What a command reads from and writes to: the process in production, memory in tests. */
export interface CliIo {
  env: Record<string, string | undefined>;
  /** The `.env` file whose variables are in `env`. */
  envFile?: string | undefined;
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Writes to standard output. */
  write(text: string): void;
  /** Resolves when standard output can take more. A reader may be slower than the command. */
  drain(): Promise<void>;
  /** Writes to standard error. */
  writeError(text: string): void;
  /** Where progress is drawn. */
  terminal: Terminal;
  /** How long and how often `providers` commands request what a provider has done. Tests request it more often. */
  polling?: Polling;
}

/** What each command receives. */
export interface CommandContext {
  io: CliIo;
  /** @throws StartupError when the environment has mistakes */
  readConfig(): Config;
  /** Writes a line to standard output. */
  printLine(line: string): void;
  /** Sets the exit code to 1, without a message. */
  fail(): void;
}
