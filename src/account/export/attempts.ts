import { failureReason, loginAttemptStatus } from '../../db/enums.js';
import { statement } from '../../db/statement.js';
import { bool, int8, nullable, text, timestamptz, uuid } from '../../db/types.js';
import { shortenIp } from '../../guard/networks/shorten-ip.js';
import { phoneSince } from '../../login/attempts/phone-since.js';
import { maskPhone } from '../../phone/mask-phone.js';
import { describeDevice } from '../../sessions/device.js';
import type { Account } from '../create-account.js';

const READ_PHONE_SINCE = statement({
  name: 'account/read_phone_since',
  sql: `SELECT ${phoneSince('u')} AS phone_since FROM users u WHERE u.id = :userId`,
  parameters: { userId: uuid },
  columns: { phone_since: timestamptz },
});

const COLUMNS = 'a.id, a.created_at, a.status, a.failure_reason, a.phone, a.client_ip, a.user_agent, a.location';

/** The attempts of the user to change the phone, and those of other users to change to this phone. */
const READ_PHONE_CHANGES = statement({
  name: 'account/read_phone_changes',
  sql: `
    WITH viewer AS MATERIALIZED (SELECT u.id, u.phone, ${phoneSince('u')} AS phone_since FROM users u WHERE u.id = :userId)
    (SELECT ${COLUMNS}, true AS own FROM login_attempts a
     WHERE a.user_id = :userId AND a.purpose = 'CHANGE_PHONE' ORDER BY a.id DESC LIMIT :limit)
    UNION ALL
    (SELECT ${COLUMNS}, false FROM viewer, login_attempts a
     WHERE a.phone = viewer.phone AND a.user_id <> viewer.id AND a.purpose = 'CHANGE_PHONE' AND a.created_at >= viewer.phone_since
     ORDER BY a.id DESC LIMIT :limit)
    ORDER BY id DESC LIMIT :limit`,
  parameters: { userId: uuid, limit: int8 },
  columns: {
    id: uuid,
    created_at: timestamptz,
    status: loginAttemptStatus,
    failure_reason: nullable(failureReason),
    phone: nullable(text),
    client_ip: nullable(text),
    user_agent: nullable(text),
    location: nullable(text),
    own: bool,
  },
});

/** Since when the user has had the phone. Undefined if the user was erased meanwhile. */
export async function readPhoneSince(
  input: { userId: string },
  { database }: Pick<Account, 'database'>,
): Promise<Date | undefined> {
  return (await database.query(READ_PHONE_SINCE, input))[0]?.phone_since;
}

/** An attempt to change a phone: that of the user, or that of somebody else to the phone of the user. */
export interface PhoneChange {
  id: string;
  at: Date;
  requestedBy: 'user' | 'somebody else';
  /** Masked. */
  to: string | null;
  status: string;
  failureReason: string | null;
  device: string;
  /** A network if somebody else requested the change. */
  ipAddress: string | null;
  location: string | null;
}

export async function readPhoneChanges(
  input: { userId: string; limit: number },
  { database }: Pick<Account, 'database'>,
): Promise<PhoneChange[]> {
  return (await database.query(READ_PHONE_CHANGES, input)).map((row) => ({
    id: row.id,
    at: row.created_at,
    requestedBy: row.own ? 'user' : 'somebody else',
    to: row.phone && maskPhone(row.phone),
    status: row.status,
    failureReason: row.failure_reason,
    device: describeDevice(row.user_agent),
    ipAddress: row.own ? row.client_ip : row.client_ip && shortenIp(row.client_ip),
    location: row.location,
  }));
}
