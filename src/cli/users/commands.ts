import type { Command } from 'commander';
import type { Config } from '../../config/config.js';
import { DomainError } from '../../domain-error.js';
import { createLog } from '../../log.js';
import { createLocalBus } from '../../realtime/local-bus.js';
import { revokeSessionsOf } from '../../sessions/revoke.js';
import { StartupError } from '../../startup-error.js';
import { addUser } from '../../users/add-user.js';
import { blockUser } from '../../admin/block-user.js';
import { unblockUser } from '../../users/unblock-user.js';
import { readLocale, readName, readRole } from '../../users/profile.js';
import { setUserRole } from '../../users/set-role.js';
import { withDatabase } from '../with-database.js';
import { importFile } from './import.js';
import { type ListWish, listUsers, printUsers } from './list.js';
import { findUser, readPhone } from './find-user.js';
import { explaining } from './explain.js';

const PHONE = 'in any spelling';
const ACTOR = 'operator';
/** Wakes nobody: every instance reads once a second who was signed out. */
const deps = { bus: createLocalBus(), log: createLog('silent') };

/** `phonegate users …` */
export function addUserCommands(
  program: Command,
  config: () => Config,
  { say, fail }: { say: (line: string) => void; fail: () => void },
): void {
  const users = program.command('users').description('the people who can sign in, and what they may do');

  users
    .command('add')
    .description('adds a person before their first sign-in, such as the first admin')
    .argument('<phone>', PHONE)
    .option('--name <name>')
    .option('--role <role>', 'instead of the first of ROLES')
    .option('--locale <locale>', 'the language of their messages')
    .action((phone: string, wish: { name?: string; role?: string; locale?: string }) => {
      const env = config();
      return explaining(env, async () => {
        const person = {
          phone: readPhone(phone, env),
          name: wish.name === undefined ? null : readName(wish.name),
          role: wish.role === undefined ? env.roles[0] : readRole(wish.role, env.roles),
          locale: wish.locale === undefined ? null : readLocale(wish.locale),
        };
        await withDatabase(env, ({ database }) =>
          addUser({ ...person, actor: ACTOR }, { config: env, database }).catch((error: unknown) => {
            if (!(error instanceof DomainError && error.code === 'PHONE_TAKEN')) throw error;
            throw new StartupError(`${person.phone} is there already; "phonegate users set-role" gives another role.`);
          }),
        );
        say(`${person.phone} is added, with the role ${person.role}.`);
      });
    });

  users
    .command('list')
    .description('people, the newest first')
    .option('--search <text>', 'a part of a phone, in any spelling, or of a name')
    .option('--role <role>', 'only those who have it')
    .option('--blocked', 'only those who are blocked')
    .option('--limit <n>', 'at most so many', '50')
    .option('--json', 'as one JSON array')
    .action(({ json, ...wish }: ListWish & { json?: true }) => {
      const env = config();
      return explaining(env, () =>
        withDatabase(env, async (deps) => {
          const found = await listUsers(wish, deps);
          say(json ? JSON.stringify(found.people, null, 2) : printUsers(found));
        }),
      );
    });

  users
    .command('set-role')
    .description('gives a person another role')
    .argument('<phone>', PHONE)
    .argument('<role>', 'one of ROLES')
    .action((phone: string, role: string) => {
      const env = config();
      return explaining(env, () =>
        withDatabase(env, async ({ database }) => {
          const person = await findUser(phone, { config: env, database });
          const wanted = readRole(role, env.roles);
          await setUserRole({ userId: person.id, role: wanted, actor: ACTOR }, { config: env, database });
          say(`${person.phone} has the role ${wanted} now; before, ${person.role}.`);
        }),
      );
    });

  users
    .command('block')
    .description('keeps a person out, and signs them out everywhere')
    .argument('<phone>', PHONE)
    .action((phone: string) => {
      const env = config();
      return withDatabase(env, async ({ database }) => {
        const person = await findUser(phone, { config: env, database });
        await blockUser({ userId: person.id, actor: ACTOR }, { ...deps, database });
        say(`${person.phone} is blocked${person.blocked ? ', as before' : ', and signed out everywhere'}.`);
      });
    });

  users
    .command('unblock')
    .description('lets a person sign in again')
    .argument('<phone>', PHONE)
    .action((phone: string) => {
      const env = config();
      return withDatabase(env, async ({ database }) => {
        const person = await findUser(phone, { config: env, database });
        await unblockUser({ userId: person.id, actor: ACTOR }, { database });
        say(person.blocked ? `${person.phone} can sign in again.` : `${person.phone} was not blocked.`);
      });
    });

  users
    .command('sign-out')
    .description('ends all sessions of a person')
    .argument('<phone>', PHONE)
    .action((phone: string) => {
      const env = config();
      return withDatabase(env, async ({ database }) => {
        const { id, phone: e164 } = await findUser(phone, { config: env, database });
        const ended = await revokeSessionsOf({ userId: id, actor: ACTOR, reason: 'revoked' }, { ...deps, database });
        say(`${e164} is signed out: ${ended} ${ended === 1 ? 'session' : 'sessions'} ended.`);
      });
    });

  users
    .command('import')
    .description('reads people from a CSV file (phone, name, role, locale); says what is wrong and what would change')
    .argument('<file>', '"-" is standard input')
    .option('--commit', 'writes what is good; without it nothing is written')
    .option('--country <code>', 'phones without a country code are of this country, before those of DEFAULT_COUNTRIES')
    .action(async (file: string, { commit = false, country }: { commit?: boolean; country?: string }) => {
      if (!(await importFile({ file, commit, country }, config()))) fail();
    });
}
