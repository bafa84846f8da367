import type { Config } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import { DomainError } from '../../domain-error.js';
import { StartupError } from '../../startup-error.js';
import { addUser } from '../../users/add-user.js';
import { readLocale } from '../../users/read-locale.js';
import { readName } from '../../users/read-name.js';
import { readRole } from '../../users/read-role.js';
import { withDatabase } from '../with-database.js';
import { readPhone } from './find-user.js';

export interface AddOptions {
  name?: string;
  role?: string;
  locale?: string;
}

/**
 * Adds a user. Checks the input before it opens the database.
 *
 * @throws StartupError when the phone cannot be used or another user has it
 * @throws InvalidInput "name", "role" or "locale"
 */
export async function addUserByPhone(
  { phone, name, role, locale }: AddOptions & { phone: string },
  { config }: { config: Config },
): Promise<{ phone: string; role: string }> {
  const user = {
    phone: readPhone(phone, config),
    name: name === undefined ? null : readName(name),
    role: role === undefined ? config.roles[0] : readRole(role, config.roles),
    locale: locale === undefined ? null : readLocale(locale),
  };
  const add = async ({ database }: { database: Database }): Promise<void> => {
    await addUser({ ...user, actor: 'operator' }, { config, database }).catch((error: unknown) => {
      if (!(error instanceof DomainError && error.code === 'PHONE_TAKEN')) throw error;
      throw new StartupError(
        `A user with the phone ${user.phone} already exists. To change the role, use "phonegate users set-role".`,
      );
    });
  };
  await withDatabase(config, add);
  return user;
}
