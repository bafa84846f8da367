import { Command, CommanderError } from 'commander';
import { type Config, loadConfig } from '../config/config.js';
import { StartupError } from '../startup-error.js';
import { printFinding } from './doctor/finding.js';
import { addKeyCommands } from './keys/commands.js';
import { readAccounts } from './providers/account.js';
import { sendTest } from './providers/send-test.js';
import { readWebhookSettings, shownSetting, writeWebhookSettings } from './providers/webhook.js';
import { addUserCommands } from './users/commands.js';

/** Where a command is run: what it reads, and where it writes. */
export interface CliIo {
  env: Record<string, string | undefined>;
  write(text: string): void;
  /** To standard error. */
  writeError(text: string): void;
}

/**
 * `phonegate …`: what an operator does beside the gateway. It reads the same environment.
 *
 * @returns the exit code.
 */
export async function runCommandLine(args: string[], { env, write, writeError }: CliIo): Promise<number> {
  let exitCode = 0;
  const say = (line: string): void => write(`${line}\n`);
  const config = (): Config => loadConfig(env);
  const fail = (): void => void (exitCode = 1);

  const program = new Command('phonegate')
    .description('Commands for the operator of a Phonegate gateway. They read the same environment as the gateway.')
    .showHelpAfterError()
    .helpCommand(false)
    .configureOutput({ writeOut: write, writeErr: writeError })
    .exitOverride(); // it throws where it would end the process

  program
    .command('doctor')
    .description('looks at everything that a login needs, and says what to do; ends with 1 when there is a problem')
    .option('--json', 'findings as one JSON array')
    .action(async ({ json }: { json?: true }) => {
      const { examine } = await import('./doctor/doctor.js'); // it knows the whole house, which no other command waits for
      const findings = await examine(env);
      if (json) say(JSON.stringify(findings, null, 2));
      else for (const finding of findings) say(printFinding(finding));
      if (findings.some(({ level }) => level === 'problem')) fail();
    });

  const providers = program.command('providers').description('the accounts that codes go through');

  providers
    .command('account')
    .description('credit, plan, lines and state of each account')
    .option('--json', 'as one JSON array')
    .action(async ({ json }: { json?: true }) => {
      const reports = await readAccounts(config());
      if (json) say(JSON.stringify(reports, null, 2));
      else if (reports.length === 0) say('No provider is configured.');
      else
        for (const { provider, facts } of reports)
          say([provider, ...Object.entries(facts).map(([name, value]) => `  ${name}: ${value}`)].join('\n'));
      if (reports.some(({ usable }) => !usable)) fail();
    });

  providers
    .command('send-test')
    .description(
      'sends a message that is no code, shows the exchange with the provider without its secrets, and follows the receipt',
    )
    .argument('<phone>', 'a phone of your own, in any spelling')
    .option('--channel <name>', 'instead of the first of its route')
    .action(async (phone: string, { channel }: { channel?: string }) => {
      if (!(await sendTest({ phone, channel }, config(), say))) fail();
    });

  const webhook = providers.command('webhook').description("Green API's settings for webhooks");

  webhook
    .command('show')
    .description('the settings that matter, and which of them are not right')
    .action(async () => {
      const wanted = config();
      const { settings, differences } = await readWebhookSettings(wanted);
      for (const [name, value] of Object.entries(settings))
        say(`${name}: ${name === 'webhookUrlToken' ? (value ? '(set)' : '(none)') : value}`);
      if (wanted.greenApi.webhookToken === undefined)
        say('The token was not compared: GREEN_API_WEBHOOK_TOKEN is not set here.');
      if (differences.length === 0) return say('All as it should be.');
      say('\nNot as it should be; "phonegate providers webhook set" mends it:');
      for (const difference of differences) say(`  ${shownSetting(difference)}`);
      fail();
    });

  webhook
    .command('set')
    .description('writes the settings that are not right, and no others')
    .action(async () => {
      const written = await writeWebhookSettings(config());
      if (written.length === 0) return say('All was right; nothing was written.');
      for (const difference of written) say(`  ${shownSetting(difference)}`);
      say('Written. The instance restarts, and the settings have their effect within five minutes.');
    });

  addUserCommands(program, config, { say, fail });
  addKeyCommands(program, config, say);

  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    writeError(
      error instanceof StartupError
        ? `${error.message}\n`
        : `This command failed: ${error instanceof Error ? error.stack : String(error)}\n`,
    );
    return 1;
  }
}
