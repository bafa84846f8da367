import type { CountryCode } from 'libphonenumber-js/max';
import type { Config } from '../config/config.js';
import type { Keyring } from '../config/keys.js';
import type { Database } from '../db/database.js';
import { deliveryStatus, loginAttemptStatus, loginMethod } from '../db/enums.js';
import { type RowOf, statement } from '../db/statement.js';
import { array, bytea, int4, nullable, text, timestamptz, uuid } from '../db/types.js';
import { type SpentBudget, readSpentBudgets } from '../guard/read-spent-budgets.js';
import { phoneHashes } from '../guard/phone-hash.js';
import { isAllowedPhone } from '../phone/is-allowed-phone.js';
import { findUserByPhone } from '../users/find-user.js';
import type { UserRecord } from '../users/user-record.js';

/** The guard events of a phone are read for these days. */
export const EVENT_DAYS = 7;
const LISTED_ROWS = 20;

const READ_EVENTS = statement({
  name: 'admin/read_guard_events_of_phone',
  sql: `
    SELECT rule, action, network, sum(count)::int AS count, max(at) AS last_at, max(until) AS until
    FROM guard_events WHERE phone_hash = ANY(:phoneHashes::bytea[]) AND at > now() - interval '${EVENT_DAYS} days'
    GROUP BY rule, action, network ORDER BY last_at DESC LIMIT ${LISTED_ROWS}`,
  parameters: { phoneHashes: array(bytea) },
  columns: {
    rule: text,
    action: text,
    network: nullable(text),
    count: int4,
    last_at: timestamptz,
    until: nullable(timestamptz),
  },
});

const READ_OPEN_ATTEMPTS = statement({
  name: 'admin/read_open_attempts_of_phone',
  sql: `
    SELECT id, method, status, expires_at, client_ip FROM login_attempts
    WHERE phone = :phone AND status IN ('PENDING', 'CONFIRMING', 'COMPLETED') AND expires_at > now() ORDER BY id DESC LIMIT ${LISTED_ROWS}`,
  parameters: { phone: text },
  columns: {
    id: uuid,
    method: loginMethod,
    status: loginAttemptStatus,
    expires_at: timestamptz,
    client_ip: nullable(text),
  },
});

const READ_MESSAGES = statement({
  name: 'admin/read_messages_of_phone',
  sql: `
    SELECT d.created_at, d.channel, d.status, d.failure, d.detail, d.blocked_by
    FROM (SELECT id FROM login_attempts WHERE phone = :phone ORDER BY id DESC LIMIT ${LISTED_ROWS}) a
    JOIN sms_log d ON d.attempt_id = a.id ORDER BY d.created_at DESC LIMIT ${LISTED_ROWS}`,
  parameters: { phone: text },
  columns: {
    created_at: timestamptz,
    channel: text,
    status: deliveryStatus,
    failure: nullable(text),
    detail: nullable(text),
    blocked_by: nullable(text),
  },
});

const READ_FAILURES = statement({
  name: 'admin/read_failures_of_phone',
  sql: `
    SELECT CASE WHEN hour_started_at > now() - interval '1 hour' THEN hour_failures ELSE 0 END AS hour_failures,
           hour_started_at + interval '1 hour' AS hour_ends_at,
           CASE WHEN day_started_at > now() - interval '1 day' THEN day_failures ELSE 0 END AS day_failures, total_failures
    FROM guess_failures WHERE subject = :phone`,
  parameters: { phone: text },
  columns: { hour_failures: int4, hour_ends_at: timestamptz, day_failures: int4, total_failures: int4 },
});

/** Everything that decides whether a phone gets a code now. */
export interface PhoneState {
  isServed: boolean;
  user: UserRecord | undefined;
  events: RowOf<typeof READ_EVENTS>[];
  /** Wrong codes of clients without a known device. */
  failures: RowOf<typeof READ_FAILURES> | undefined;
  budgets: SpentBudget[];
  attempts: RowOf<typeof READ_OPEN_ATTEMPTS>[];
  /** The newest first. */
  messages: RowOf<typeof READ_MESSAGES>[];
}

/** Reads the state of a phone for an operator. */
export async function readPhoneState(
  { phone, country }: { phone: string; country: CountryCode | undefined },
  deps: {
    config: Pick<Config, 'guard' | 'allowedCountries' | 'deniedPrefixes'>;
    database: Database;
    keyring: Pick<Keyring, 'all'>;
  },
): Promise<PhoneState> {
  const { config, database, keyring } = deps;
  const [user, events, [failures], budgets, attempts, messages] = await Promise.all([
    findUserByPhone({ phone }, deps),
    database.query(READ_EVENTS, { phoneHashes: phoneHashes(phone, keyring) }),
    database.query(READ_FAILURES, { phone }),
    readSpentBudgets({ phone, country }, deps),
    database.query(READ_OPEN_ATTEMPTS, { phone }),
    database.query(READ_MESSAGES, { phone }),
  ]);
  return {
    isServed: isAllowedPhone({ e164: phone, country }, config),
    user,
    events,
    failures,
    budgets,
    attempts,
    messages,
  };
}
