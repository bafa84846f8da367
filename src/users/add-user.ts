import type { CountryCode } from 'libphonenumber-js/max';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../db/database.js';
import { DomainError } from '../domain-error.js';
import { type Actor } from '../events/audited-by.js';
import { auditedChange } from '../events/audited-change.js';
import { parsePhone } from '../phone/parse-phone.js';
import { readLocale } from './read-locale.js';
import { readName } from './read-name.js';
import { readRole } from './read-role.js';
import { USER_RECORD, type UserRecord } from './user-record.js';

/** A user before their first sign-in. */
export interface NewUser {
  /** In any spelling. */
  phone: string;
  name?: string | null | undefined;
  /** Default: the first of the configured roles. */
  role?: string | null | undefined;
  locale?: string | null | undefined;
  actor: Actor;
}

/**
 * Adds a user before their first sign-in.
 *
 * @throws DomainError PHONE_TAKEN, INVALID_PHONE_NUMBER
 * @throws InvalidInput "name", "role" or "locale"
 */
export async function addUser(
  input: NewUser,
  deps: { config: { defaultCountries: CountryCode[]; roles: [string, ...string[]] }; database: Database },
): Promise<UserRecord> {
  const { defaultCountries, roles } = deps.config;
  const phone = parsePhone(input.phone, defaultCountries);
  if (typeof phone === 'string') throw new DomainError('INVALID_PHONE_NUMBER');
  const data = {
    id: uuidv7(),
    phone: phone.e164,
    name: input.name ? readName(input.name) : null,
    role: input.role ? readRole(input.role, roles) : roles[0],
    locale: input.locale ? readLocale(input.locale) : null,
  };
  return auditedChange(async (transaction) => {
    const result = await transaction.user.create({ data, select: USER_RECORD }).catch(phoneTaken);
    return {
      result,
      entry: { event: 'user.added', actor: input.actor, userId: result.id, details: { role: result.role } },
    };
  }, deps);
}

function phoneTaken(error: unknown): never {
  // Prisma's code for a unique column; of these, only the phone can be taken.
  const isTaken = (error as { code?: unknown }).code === 'P2002';
  throw isTaken ? new DomainError('PHONE_TAKEN', { cause: error }) : error;
}
