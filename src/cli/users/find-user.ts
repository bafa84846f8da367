import type { Config } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import { StartupError } from '../../startup-error.js';
import { findUserByPhone } from '../../users/find-user.js';
import { parsePhone } from '../../phone/parse-phone.js';
import type { UserRecord } from '../../users/user-record.js';

/** A phone as an operator has typed it. @throws StartupError */
export function readPhone(text: string, { defaultCountries }: Config): string {
  const phone = parsePhone(text, defaultCountries);
  if (phone === 'invalid') throw new StartupError(`${text} is not a phone; write it as +77010000002.`);
  if (phone === 'cannot-receive')
    throw new StartupError(`${text} is not a number that receives messages: nobody can sign in with it.`);
  return phone.e164;
}

/** Whose phone it is. @throws StartupError when it is nobody's. */
export async function findUser(
  text: string,
  { config, database }: { config: Config; database: Database },
): Promise<UserRecord> {
  const phone = readPhone(text, config);
  const person = await findUserByPhone({ phone }, { database });
  if (!person) throw new StartupError(`Nobody has the phone ${phone}; "phonegate users list" shows who is there.`);
  return person;
}
