import { once } from 'node:events';
import { loadEnvFile } from '../config/env-file.js';
import { StartupError } from '../startup-error.js';
import { runCommandLine } from './command-line.js';

/** The process of `phonegate …`. */

const { stdout, stderr } = process;

// The reader has closed the pipe, as in `phonegate users list | head`.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(1);
  throw error;
});

const exitCode = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  envFile: findEnvFile(),
  // A getter, because reading `process.stdin` opens it.
  get stdin() {
    return process.stdin;
  },
  write: (text) => void stdout.write(text),
  drain: async () => void (stdout.writableNeedDrain && (await once(stdout, 'drain'))),
  writeError: (text) => void stderr.write(text),
  terminal: stderr,
});
// Exits when everything is written. Otherwise a timer of Prisma's schema engine would keep the process for ten seconds
// after a migration.
stdout.write('', () => process.exit(exitCode));

function findEnvFile(): string | undefined {
  try {
    return loadEnvFile();
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
