import { runCommandLine } from './command-line.js';

/** The process of `phonegate …`. */

// Whoever reads has seen enough, as in `phonegate users list | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(1);
  throw error;
});

const exitCode = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  write: (text) => void process.stdout.write(text),
  writeError: (text) => void process.stderr.write(text),
});
// Once all is written out: after a migration, a timer of Prisma's schema engine would keep the process for ten seconds.
process.stdout.write('', () => process.exit(exitCode));
