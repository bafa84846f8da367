import type { Command } from 'commander';
import type { Config } from '../../config/config.js';
import { listSigningKeys } from '../../sessions/list-keys.js';
import { printTable } from '../table.js';
import { withDatabase } from '../with-database.js';
import { type RotateWish, rotateKeys } from './rotate.js';

/** `phonegate keys …` */
export function addKeyCommands(program: Command, config: () => Config, say: (line: string) => void): void {
  const keys = program.command('keys').description('the keys that sign access tokens');

  keys
    .command('rotate')
    .description('makes a new key: it is published now, and signs 50 s later, when everybody has read it')
    .option(
      '--compromised',
      'it signs at once, and no other verifies any more: access tokens are refused until they are refreshed',
    )
    .option('--after <seconds>', 'signs so much later, where a backend keeps keys longer than it is told')
    .action((wish: RotateWish) =>
      withDatabase(config(), async (deps) => {
        for (const line of await rotateKeys(wish, deps)) say(line);
      }),
    );

  keys
    .command('list')
    .description('the keys, the newest first, and what each is for now')
    .option('--json', 'as one JSON array')
    .action(({ json }: { json?: true }) =>
      withDatabase(config(), async ({ database, keyring }) => {
        const listed = await listSigningKeys({ database, keyring: keyring() });
        if (json) return say(JSON.stringify(listed, null, 2));
        if (listed.length === 0) return say('There is no key yet: the gateway makes the first when it starts.');
        say(
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
