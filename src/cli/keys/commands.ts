import type { Command } from 'commander';
import { listSigningKeys } from '../../sessions/list-keys.js';
import type { CommandContext } from '../cli-io.js';
import { printTable } from '../table.js';
import { withDatabase } from '../with-database.js';
import { type RotateOptions, rotateKeys } from './rotate.js';

/** `phonegate keys …` */
export function addKeyCommands(program: Command, { readConfig, printLine }: CommandContext): void {
  const keys = program.command('keys').description('manage the keys that sign access tokens');

  keys
    .command('rotate')
    .description('create a new key; it is published now and signs in 50 s, when every instance and backend has read it')
    .option(
      '--compromised',
      'let the new key sign at once, and delete all other keys: clients must refresh their access tokens',
    )
    .option(
      '--after <seconds>',
      'time until the new key signs; set it if a backend caches keys for longer than 30 seconds',
    )
    .action((options: RotateOptions) =>
      withDatabase(readConfig(), async (deps) => {
        for (const line of await rotateKeys(options, deps)) printLine(line);
      }),
    );

  keys
    .command('list')
    .description('list the keys, newest first, and what each is used for now')
    .option('--json', 'print one JSON array')
    .action(({ json }: { json?: true }) =>
      withDatabase(readConfig(), async ({ database, keyring }) => {
        const listed = await listSigningKeys({ database, keyring: keyring() });
        if (json) return printLine(JSON.stringify(listed, null, 2));
        if (listed.length === 0)
          return printLine('There is no key yet. The gateway creates the first one when it starts.');
        printLine(
          printTable(
            ['KEY', 'STATE', 'SIGNS FROM', 'VERIFIES UNTIL', 'ENCRYPTED WITH'],
            listed.map((key) => [
              key.kid,
              key.state,
              key.signsFrom.toISOString(),
              key.verifiesUntil?.toISOString() ?? '-',
              key.sealedByPresentSecret ? 'GATEWAY_SECRET' : 'an earlier secret',
            ]),
          ),
        );
      }),
    );
}
