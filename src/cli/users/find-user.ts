import { validate as isUuid } from 'uuid';
import type { Config } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import { parsePhone } from '../../phone/parse-phone.js';
import { StartupError } from '../../startup-error.js';
import { findUserById, findUserByPhone } from '../../users/find-user.js';
import type { UserRecord } from '../../users/user-record.js';

/** A phone that an operator typed, in E.164. @throws StartupError when it is not valid */
export function readPhone(text: string, { defaultCountries }: Pick<Config, 'defaultCountries'>): string {
  const phone = parsePhone(text, defaultCountries);
  if (phone === 'invalid') throw new StartupError(`${text} is not a phone number. Write it as +77010000002.`);
  if (phone === 'cannot-receive')
    throw new StartupError(`${text} cannot receive messages, so no user can sign in with it.`);
  return phone.e164;
}

/** The user with a phone that an operator typed. @throws StartupError when there is none */
export async function findUser(
  text: string,
  { config, database }: { config: Config; database: Database },
): Promise<UserRecord> {
  const phone = readPhone(text, config);
  const user = await findUserByPhone({ phone }, { database });
  if (!user) throw new StartupError(`No user has the phone ${phone}. To list the users, use "phonegate users list".`);
  return user;
}

/** The user with an ID or a phone that an operator typed. @throws StartupError when there is none */
export async function findUserByText(text: string, deps: { config: Config; database: Database }): Promise<UserRecord> {
  if (!isUuid(text)) return findUser(text, deps);
  const user = await findUserById({ id: text }, deps);
  if (!user)
    throw new StartupError(`No user has the id ${text}. To list the users, use "phonegate users list --json".`);
  return user;
}
