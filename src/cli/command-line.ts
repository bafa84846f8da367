import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { loadConfig } from '../config/config.js';
import { StartupError } from '../startup-error.js';
import type { CliIo, CommandContext } from './cli-io.js';
import { addDoctorCommand } from './doctor/command.js';
import { addMigrateCommand } from './migrate/command.js';
import { addKeyCommands } from './keys/commands.js';
import { addProviderCommands } from './providers/commands.js';
import { addUserCommands } from './users/commands.js';
import { addWhyCommand } from './why/command.js';

/**
 * A command opens no port and shows no code. So on a machine of an operator, with the database or a provider of a real
 * gateway, it does not ask whether a gateway could be in development there.
 */
const withoutServer = (env: CliIo['env']) =>
  env['NODE_ENV'] === 'production' ? env : { ...env, ALLOW_UNSAFE_DEVELOPMENT: 'on' };

/**
 * Runs `phonegate …`, the commands for operators. They read the same environment as the gateway.
 *
 * @returns the exit code.
 */
export async function runCommandLine(args: string[], io: CliIo): Promise<number> {
  let exitCode = 0;
  const context: CommandContext = {
    io,
    readConfig: () => loadConfig(withoutServer(io.env), io.envFile),
    printLine: (line) => io.write(`${line}\n`),
    fail: () => void (exitCode = 1),
  };
  const program = new Command('phonegate')
    .description(
      'Commands for operators of a Phonegate gateway. They read the same environment variables as the gateway.',
    )
    .version(readVersion(), '-V, --version', 'prints the version of Phonegate')
    .showHelpAfterError()
    .helpCommand(false)
    .configureOutput({ writeOut: (text) => io.write(text), writeErr: (text) => io.writeError(text) })
    .exitOverride(); // throws instead of ending the process
  addDoctorCommand(program, context);
  addMigrateCommand(program, context);
  addProviderCommands(program, context);
  addUserCommands(program, context);
  addKeyCommands(program, context);
  addWhyCommand(program, context);

  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    io.writeError(
      error instanceof StartupError
        ? `${error.message}\n`
        : `This command failed: ${error instanceof Error ? error.stack : String(error)}\n`,
    );
    return 1;
  }
}

function readVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
