import type { Command } from 'commander';
import { readPhoneState } from '../../admin/read-phone-state.js';
import { countryOf } from '../../phone/phone-country.js';
import type { CommandContext } from '../cli-io.js';
import { readPhone } from '../users/find-user.js';
import { withDatabase } from '../with-database.js';
import { printPhoneState } from './print-phone-state.js';

/** `phonegate why <phone>` */
export function addWhyCommand(program: Command, { readConfig, printLine }: CommandContext): void {
  program
    .command('why')
    .description('say why a phone gets no code: refusals, budgets, wrong codes, messages and the user')
    .argument('<phone>', 'in any spelling')
    .option('--json', 'print one JSON object')
    .action((written: string, { json }: { json?: true }) => {
      const config = readConfig();
      const phone = readPhone(written, config);
      return withDatabase(config, async ({ database, keyring }) => {
        const about = { phone, country: countryOf(phone) };
        const state = await readPhoneState(about, { config, database, keyring: keyring() });
        printLine(json ? JSON.stringify({ phone, ...state }, null, 2) : printPhoneState(phone, state));
      });
    });
}
