import type { Command } from 'commander';
import { listSigningKeys } from '../../sessions/list-keys.js';
import type { CommandContext } from '../cli-io.js';
import { printTable } from '../table.js';
import { withDatabase } from '../with-database.js';
import { type RotateOptions, rotateKeys } from './rotate.js';

/** `phonegate keys …` */
export function addKeyCommands(program: Command, { readConfig, printLine }: CommandContext): void {
  const keys = program.command('keys').description('manages the keys that sign access tokens');

  keys
    .command('rotate')
    .description(
      'creates a new key: it is published now, and signs 50 s later, when every instance and backend has read it',
    )
    .option(
      '--compromised',
      'the new key signs at once and no other key verifies: access tokens are refused until they are refreshed',
    )
    .option(
      '--after <seconds>',
      'the time until the new key signs, where a backend caches keys for longer than 30 seconds',
    )
    .action((options: RotateOptions) =>
      withDatabase(readConfig(), async (deps) => {
        for (const line of await rotateKeys(options, deps)) printLine(line);
      }),
    );

  keys
    .command('list')
    .description('lists the keys, the newest first, and what each is used for now')
    .option('--json', 'print one JSON array')
    .action(({ json }: { json?: true }) =>
      withDatabase(readConfig(), async ({ database, keyring }) => {
        const listed = await listSigningKeys({ database, keyring: keyring() });
        if (json) return printLine(JSON.stringify(listed, null, 2));
        if (listed.length === 0) return printLine('There is no key yet: the gateway creates the first when it starts.');
        printLine(
          printTable(
            ['KEY', 'STATE', 'SIGNS FROM', 'VERIFIES UNTIL', 'SEALED BY'],
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
