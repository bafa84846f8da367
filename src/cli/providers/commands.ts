import type { Command } from 'commander';
import type { CommandContext } from '../cli-io.js';
import { readAccounts } from './account.js';
import { sendTest } from './send-test.js';
import { createTemplates, showTemplates } from './templates.js';
import { awaitWebhookSettings, readWebhookSettings, shownSetting, writeWebhookSettings } from './webhook.js';

/** `phonegate providers …` */
export function addProviderCommands(program: Command, context: CommandContext): void {
  const { io, readConfig, printLine, fail } = context;
  const providers = program.command('providers').description('manage the provider accounts that send codes');

  providers
    .command('account')
    .description('show credit, plan, lines and state of each account')
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
      'send a test message to your phone, print the requests and answers without secrets, and wait for the delivery status',
    )
    .argument('<phone>', 'your phone number, in any spelling')
    .option('--channel <name>', 'channel to use instead of the first one of the route')
    .action(async (phone: string, { channel }: { channel?: string }) => {
      const deps = { config: readConfig(), printLine, polling: io.polling };
      if (!(await sendTest({ phone, channel }, deps))) fail();
    });

  const templates = providers
    .command('templates')
    .description("show the template of Meta's Cloud API in each language, and whether it is approved")
    .action(async () => {
      if (!(await showTemplates(readConfig(), printLine))) fail();
    });
  templates
    .command('create')
    .description('create the template in the languages that lack it')
    .action(async () => {
      if (!(await createTemplates(readConfig(), printLine))) fail();
    });

  addWebhookCommands(providers, context);
}

function addWebhookCommands(providers: Command, { io, readConfig, printLine, fail }: CommandContext): void {
  const webhook = providers.command('webhook').description("manage Green API's webhook settings");

  webhook
    .command('show')
    .description('show the settings that the gateway needs, and which of them are wrong')
    .action(async () => {
      const config = readConfig();
      const { settings, differences } = await readWebhookSettings(config);
      for (const [name, value] of Object.entries(settings))
        printLine(`${name}: ${name === 'webhookUrlToken' ? (value ? '(set)' : '(none)') : value}`);
      if (config.greenApi.webhookToken === undefined)
        printLine('The token was not compared: GREEN_API_WEBHOOK_TOKEN is not set here.');
      if (differences.length === 0) return printLine('All settings are correct.');
      printLine('\nThese settings are wrong; "phonegate providers webhook set" corrects them:');
      for (const difference of differences) printLine(`  ${shownSetting(difference)}`);
      fail();
    });

  webhook
    .command('set')
    .description('correct the wrong settings, change no others, and wait until Green API returns them')
    .action(async () => {
      const config = readConfig();
      const written = await writeWebhookSettings(config);
      if (written.length === 0) return printLine('All settings were correct. Nothing was changed.');
      for (const difference of written) printLine(`  ${shownSetting(difference)}`);
      printLine('Green API accepted these settings. Reading them back, which takes five minutes at most.');
      const wrong = await awaitWebhookSettings(config, io.polling);
      if (wrong.length === 0)
        return printLine('Green API has saved them. The instance restarts, and they take effect within five minutes.');
      printLine(
        `Green API ${wrong.length < written.length ? 'has not saved all of them' : 'has saved none of them, although it accepted them'}. It still has other values of: ${wrong.map(({ name }) => name).join(', ')}.`,
      );
      printLine('Set them in the Green API console, or run this command again after the instance has restarted.');
      fail();
    });
}
