import { Command } from 'commander';
import { type Config, loadConfig } from '../config/config.js';
import { StartupError } from '../startup-error.js';
import { examine } from './doctor/doctor.js';
import { printFinding } from './doctor/finding.js';
import { addKeyCommands } from './keys/commands.js';
import { readAccounts } from './providers/account.js';
import { sendTest } from './providers/send-test.js';
import { readWebhookSettings, shownSetting, writeWebhookSettings } from './providers/webhook.js';
import { addUserCommands } from './users/commands.js';

/** `phonegate …`: what an operator does beside the gateway. It reads the same environment. */
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const config = (): Config => loadConfig(process.env);
const fail = (): void => void (process.exitCode = 1);

const program = new Command('phonegate')
  .description('Commands for the operator of a Phonegate gateway. They read the same environment as the gateway.')
  .showHelpAfterError()
  .helpCommand(false);

program
  .command('doctor')
  .description('looks at everything that a login needs, and says what to do; ends with 1 when there is a problem')
  .option('--json', 'findings as one JSON array')
  .action(async ({ json }: { json?: true }) => {
    const findings = await examine(process.env);
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
    const env = config();
    const { settings, differences } = await readWebhookSettings(env);
    for (const [name, value] of Object.entries(settings))
      say(`${name}: ${name === 'webhookUrlToken' ? (value ? '(set)' : '(none)') : value}`);
    if (env.greenApi.webhookToken === undefined)
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

// Whoever reads has seen enough, as in `phonegate users list | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(1);
  throw error;
});

program
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(
      error instanceof StartupError
        ? `${error.message}\n`
        : `This command failed: ${error instanceof Error ? error.stack : String(error)}\n`,
    );
    fail();
  })
  // Once all is written out: after a migration, a timer of Prisma's schema engine would keep the process for ten seconds.
  .finally(() => process.stdout.write('', () => process.exit()));
