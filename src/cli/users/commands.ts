import type { Command } from 'commander';
import { deleteUser } from '../../account/delete-user.js';
import { blockUser } from '../../admin/block-user.js';
import { DomainError } from '../../domain-error.js';
import { createLog } from '../../log.js';
import { createLocalBus } from '../../realtime/local-bus.js';
import { revokeSessionsOf } from '../../sessions/revoke.js';
import { readRole } from '../../users/read-role.js';
import { StartupError } from '../../startup-error.js';
import { setUserRole } from '../../users/set-role.js';
import { unblockUser } from '../../users/unblock-user.js';
import type { UserRecord } from '../../users/user-record.js';
import type { CommandContext } from '../cli-io.js';
import { type CommandDeps, withDatabase } from '../with-database.js';
import { type AddOptions, addUserByPhone } from './add.js';
import { approveLoginOf } from './approve-login.js';
import { explainInvalidInput } from './explain-invalid-input.js';
import { findUser } from './find-user.js';
import { importFile } from './import.js';
import { type ListOptions, listUsers, printUsers } from './list.js';

const PHONE = 'in any spelling';
const ACTOR = 'operator';
/** No one subscribes to this bus: running instances poll the revoked sessions once a second. */
const REVOKE_DEPS = { bus: createLocalBus(), log: createLog('silent') };

/** `phonegate users …` */
export function addUserCommands(program: Command, context: CommandContext): void {
  const { io, readConfig, printLine, fail } = context;
  const users = program.command('users').description('manage the users who can sign in, and their roles');

  users
    .command('add')
    .description('add a user before their first sign-in, such as the first admin')
    .argument('<phone>', PHONE)
    .option('--name <name>')
    .option('--role <role>', 'role of the user; default: the first of ROLES')
    .option('--locale <locale>', 'language of messages to the user')
    .action((phone: string, options: AddOptions) => {
      const config = readConfig();
      return explainInvalidInput(async () => {
        const added = await addUserByPhone({ phone, ...options }, { config });
        printLine(`Added ${added.phone} with the role ${added.role}.`);
      }, config);
    });

  users
    .command('list')
    .description('list users, newest first')
    .option('--search <text>', 'part of a phone number, in any spelling, or of a name')
    .option('--role <role>', 'only users with this role')
    .option('--blocked', 'only blocked users')
    .option('--limit <n>', 'the maximum number of users', '50')
    .option('--json', 'print one JSON array')
    .action(({ json, ...options }: ListOptions & { json?: true }) => {
      const config = readConfig();
      const list = async (deps: CommandDeps): Promise<void> => {
        const found = await listUsers(options, deps);
        printLine(json ? JSON.stringify(found.users, null, 2) : printUsers(found));
      };
      return explainInvalidInput(() => withDatabase(config, list), config);
    });

  addCommandsOfOneUser(users, context);

  users
    .command('import')
    .description('read users from a CSV file (phone, name, role, locale), and report bad lines and what would change')
    .argument('<file>', '"-" for standard input')
    .option('--commit', 'add and change users; without this option nothing is written')
    .option('--country <code>', 'country of phones without a country code; tried before DEFAULT_COUNTRIES')
    .action(async (file: string, { commit = false, country }: { commit?: boolean; country?: string }) => {
      if (!(await importFile({ file, commit, country }, { config: readConfig(), io }))) fail();
    });
}

/** @throws StartupError for the last admin */
function explainLastAdmin(error: unknown): never {
  if (!(error instanceof DomainError && error.code === 'LAST_ADMIN')) throw error;
  throw new StartupError(
    'This is the last admin. First give another user the role ADMIN ("phonegate users set-role"), or take it from this one.',
    { cause: error },
  );
}

function addCommandsOfOneUser(users: Command, { readConfig, printLine }: CommandContext): void {
  /** Finds the user with a phone and calls `act` with them. */
  function withUser(phone: string, act: (user: UserRecord, deps: CommandDeps) => Promise<void>): Promise<void> {
    const config = readConfig();
    const find = async (deps: CommandDeps): Promise<void> => act(await findUser(phone, deps), deps);
    return explainInvalidInput(() => withDatabase(config, find), config);
  }

  users
    .command('set-role')
    .description('give a user another role')
    .argument('<phone>', PHONE)
    .argument('<role>', 'one of ROLES')
    .action((phone: string, text: string) =>
      withUser(phone, async (user, deps) => {
        const role = readRole(text, deps.config.roles);
        await setUserRole({ userId: user.id, role, actor: ACTOR }, deps);
        printLine(`${user.phone} now has the role ${role}. The previous role was ${user.role}.`);
      }),
    );

  users
    .command('block')
    .description('block a user and end all their sessions')
    .argument('<phone>', PHONE)
    .action((phone: string) =>
      withUser(phone, async (user, { database }) => {
        await blockUser({ userId: user.id, actor: ACTOR }, { ...REVOKE_DEPS, database });
        printLine(
          user.blocked
            ? `${user.phone} was already blocked.`
            : `${user.phone} is blocked. All their sessions have ended.`,
        );
      }),
    );

  users
    .command('unblock')
    .description('let a blocked user sign in again')
    .argument('<phone>', PHONE)
    .action((phone: string) =>
      withUser(phone, async (user, { database }) => {
        await unblockUser({ userId: user.id, actor: ACTOR }, { database });
        printLine(user.blocked ? `${user.phone} can sign in again.` : `${user.phone} was not blocked.`);
      }),
    );

  users
    .command('approve-login')
    .description('approve a sign-in of a user whose role needs more than a code')
    .argument('<attempt>', 'id of the attempt, or the phone of the user in any spelling')
    .action((text: string) => {
      const config = readConfig();
      const approve = async (deps: CommandDeps): Promise<void> => {
        const { attemptId, maskedPhone } = await approveLoginOf(text, deps);
        printLine(`The sign-in ${attemptId} of ${maskedPhone} is approved. The user is signed in within seconds.`);
      };
      return explainInvalidInput(() => withDatabase(config, approve), config);
    });

  users
    .command('sign-out')
    .description('end all sessions of a user')
    .argument('<phone>', PHONE)
    .action((phone: string) =>
      withUser(phone, async (user, { database }) => {
        const revocation = { userId: user.id, actor: ACTOR, reason: 'revoked' } as const;
        const ended = await revokeSessionsOf(revocation, { ...REVOKE_DEPS, database });
        printLine(`${user.phone} is signed out: ${ended} ${ended === 1 ? 'session' : 'sessions'} ended.`);
      }),
    );

  users
    .command('delete')
    .description('erase a user and end all their sessions; only the audit log keeps their id and masked phone')
    .argument('<phone>', PHONE)
    .option('--commit', 'erase the user; without this option nothing is written')
    .action((phone: string, { commit = false }: { commit?: boolean }) =>
      withUser(phone, async (user, { config, database, keyring }) => {
        const name = user.name === null ? '' : ` (${user.name})`;
        if (!commit) {
          printLine(
            `This would erase ${user.phone}${name} with the role ${user.role}. It cannot be undone.\nNothing was erased: this was a preview. Add --commit to erase.`,
          );
          return;
        }
        const input = { userId: user.id, actor: ACTOR };
        const { blockKept } = await deleteUser(input, { ...REVOKE_DEPS, config, keyring: keyring(), database }).catch(
          explainLastAdmin,
        );
        printLine(
          blockKept
            ? `${user.phone} is erased. The phone stays blocked: only the phone and the block are left.`
            : `${user.phone} is erased. All their sessions have ended.`,
        );
      }),
    );
}
