import type { Command } from 'commander';
import { deleteUser } from '../../account/delete-user.js';
import { blockUser } from '../../admin/block-user.js';
import { setUserPhone } from '../../admin/set-user-phone.js';
import { DomainError } from '../../domain-error.js';
import { createLog } from '../../log.js';
import { NEW_ROLE_HOURS } from '../../login/second-step.js';
import { createLocalBus } from '../../realtime/local-bus.js';
import { revokeSessionsOf } from '../../sessions/revoke.js';
import { readRole } from '../../users/read-role.js';
import { StartupError } from '../../startup-error.js';
import { ROLE_AND_PHONE_DAYS } from '../../users/role-and-phone.js';
import { setUserRole } from '../../users/set-role.js';
import { unblockUser } from '../../users/unblock-user.js';
import type { UserRecord } from '../../users/user-record.js';
import type { CommandContext } from '../cli-io.js';
import { type CommandDeps, withDatabase } from '../with-database.js';
import { type AddOptions, addUserByPhone } from './add.js';
import { approveLoginOf } from './approve-login.js';
import { explainInvalidInput } from './explain-invalid-input.js';
import { findUser, findUserByText, readPhone } from './find-user.js';
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

/** What a user with another role must do next. */
function explainNewRole(
  { phone, role: previousRole }: UserRecord,
  { role, firstRole }: { role: string; firstRole: string },
): string {
  if (role === previousRole) return `${phone} already had the role ${role}.`;
  const changed = `${phone} now has the role ${role}. The previous role was ${previousRole}. All their sessions have ended: the user must sign in again.`;
  if (role === firstRole) return changed;
  return `${changed} For ${NEW_ROLE_HOURS} hour, a new code is enough, unless the phone was changed within ${ROLE_AND_PHONE_DAYS} days. Later, confirm the sign-in by WhatsApp or with "phonegate users approve-login ${phone}".`;
}

/** @throws StartupError for a phone that another user has */
function explainPhoneTaken(error: unknown, phone: string): never {
  if (!(error instanceof DomainError && error.code === 'PHONE_TAKEN')) throw error;
  throw new StartupError(`Another user has the phone ${phone}. To erase them, use "phonegate users delete ${phone}".`, {
    cause: error,
  });
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
    .description('give a user another role, and end all their sessions')
    .argument('<phone>', PHONE)
    .argument('<role>', 'one of ROLES')
    .action((phone: string, text: string) =>
      withUser(phone, async (user, deps) => {
        const role = readRole(text, deps.config.roles);
        await setUserRole({ userId: user.id, role, actor: ACTOR }, { ...REVOKE_DEPS, ...deps });
        printLine(explainNewRole(user, { role, firstRole: deps.config.roles[0] }));
      }),
    );

  users
    .command('set-phone')
    .description('give a user another phone without a code, and end all their sessions')
    .argument('<user>', 'id of the user, or their phone in any spelling')
    .argument('<phone>', PHONE)
    .action((text: string, newPhone: string) => {
      const config = readConfig();
      const change = async (deps: CommandDeps): Promise<void> => {
        const user = await findUserByText(text, deps);
        const phone = readPhone(newPhone, config);
        const input = { userId: user.id, phone, actor: ACTOR } as const;
        await setUserPhone(input, { ...REVOKE_DEPS, ...deps }).catch((error: unknown) =>
          explainPhoneTaken(error, phone),
        );
        printLine(
          `${user.id} now has the phone ${phone}. All their sessions have ended.${user.blocked ? ` The user is blocked: "phonegate users unblock ${phone}" ends that.` : ''}`,
        );
      };
      return explainInvalidInput(() => withDatabase(config, change), config);
    });

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
