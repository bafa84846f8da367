import type { Command } from 'commander';
import type { CommandContext } from '../cli-io.js';
import { readAccounts } from './account.js';
import { sendTest } from './send-test.js';
import { readWebhookSettings, shownSetting, writeWebhookSettings } from './webhook.js';

/** `phonegate providers …` */
export function addProviderCommands(program: Command, context: CommandContext): void {
  const { io, readConfig, printLine, fail } = context;
  const providers = program.command('providers').description('manages the accounts that send codes');

  providers
    .command('account')
    .description('shows credit, plan, lines and state of each account')
    .option('--json', 'print one JSON array')
    .action(async ({ json }: { json?: true }) => {
      const reports = await readAccounts(readConfig());
      if (json) printLine(JSON.stringify(reports, null, 2));
      else if (reports.length === 0) printLine('No provider is configured.');
      else
        for (const { provider, facts } of reports)
          printLine([provider, ...Object.entries(facts).map(([name, value]) => `  ${name}: ${value}`)].join('\n'));
      if (reports.some(({ usable }) => !usable)) fail();
    });

  providers
    .command('send-test')
    .description(
      'sends a test message to a phone of yours, shows the requests and answers without secrets, and waits for the delivery status',
    )
    .argument('<phone>', 'a phone of yours, in any spelling')
    .option('--channel <name>', 'instead of the first channel of the route')
    .action(async (phone: string, { channel }: { channel?: string }) => {
      const deps = { config: readConfig(), printLine, polling: io.statusPolling };
      if (!(await sendTest({ phone, channel }, deps))) fail();
    });

  addWebhookCommands(providers, context);
}

function addWebhookCommands(providers: Command, { readConfig, printLine, fail }: CommandContext): void {
  const webhook = providers.command('webhook').description("manages Green API's webhook settings");

  webhook
    .command('show')
    .description('shows the settings that matter, and which of them are wrong')
    .action(async () => {
      const config = readConfig();
      const { settings, differences } = await readWebhookSettings(config);
      for (const [name, value] of Object.entries(settings))
        printLine(`${name}: ${name === 'webhookUrlToken' ? (value ? '(set)' : '(none)') : value}`);
      if (config.greenApi.webhookToken === undefined)
        printLine('The token was not compared: GREEN_API_WEBHOOK_TOKEN is not set here.');
      if (differences.length === 0) return printLine('All settings are right.');
      printLine('\nThese settings are wrong; "phonegate providers webhook set" corrects them:');
      for (const difference of differences) printLine(`  ${shownSetting(difference)}`);
      fail();
    });

  webhook
    .command('set')
    .description('corrects the settings that are wrong, and changes no others')
    .action(async () => {
      const written = await writeWebhookSettings(readConfig());
      if (written.length === 0) return printLine('All settings were right; nothing was written.');
      for (const difference of written) printLine(`  ${shownSetting(difference)}`);
      printLine('Written. The instance restarts; the settings take effect within five minutes.');
    });
}
