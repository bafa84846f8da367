import { validate as isUuid } from 'uuid';
import type { Audit } from '../events/audit.js';

/**
 * Records in the audit log that an admin reads personal data (R31), before any data is shown. The filter has a field of
 * its own, because the admin wrote it: it must not look like another field of the entry.
 *
 * @throws when the database cannot write the entry; then no data may be shown
 */
export async function auditRead(
  {
    actor,
    what,
    filter,
    ...about
  }: {
    /** ID of the admin. */
    actor: string;
    /** What the admin reads, such as "users". */
    what: string;
    userId?: string | undefined;
    /** Masked. */
    phone?: string | undefined;
    /** IDs of the users that are shown. */
    shown?: string[];
    filter?: object;
  },
  { audit }: { audit: Audit },
): Promise<void> {
  await audit.write({
    event: 'admin.read',
    actor,
    what,
    ...withoutEmpty({ ...about, filter: filter && withoutEmpty(masked(filter)) }),
  });
}

/** The user whom a filter names by ID. */
export function userIdIn({ userId }: { userId?: string | null | undefined }): string | undefined {
  return userId && isUuid(userId) ? userId : undefined;
}

/** A text filter may contain a whole phone number. Only its last two digits are recorded. */
function masked(filter: object): object {
  return Object.fromEntries(
    Object.entries(filter).map(([name, value]) => [
      name,
      typeof value === 'string' && !isUuid(value) ? maskedText(value) : (value as unknown),
    ]),
  );
}

function maskedText(text: string): string {
  return Array.from(text.replaceAll(/\p{Nd}(?=(?:\P{Nd}*\p{Nd}){2})/gu, '*'))
    .slice(0, 100)
    .join('');
}

/** The fields that have a value; undefined when none has. */
function withoutEmpty(fields: object): object | undefined {
  const full = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  return full.length > 0 ? Object.fromEntries(full) : undefined;
}
