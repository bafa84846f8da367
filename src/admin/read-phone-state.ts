import type { CountryCode } from 'libphonenumber-js/max';
import type { Config } from '../config/config.js';
import { namedRoute } from '../config/route.js';
import type { Keyring } from '../config/keys.js';
import type { Database } from '../db/database.js';
import { deliveryStatus, loginAttemptStatus, loginMethod } from '../db/enums.js';
import { minUuidAt } from '../db/uuid-time.js';
import { type RowOf, statement } from '../db/statement.js';
import { array, bytea, int4, nullable, text, timestamptz, uuid } from '../db/types.js';
import { type SpentBudget, readSpentBudgets } from '../guard/budgets/read-spent-budgets.js';
import { phoneHashes } from '../guard/events/phone-hash.js';
import { isAllowedPhone } from '../phone/is-allowed-phone.js';
import { findUserByPhone } from '../users/find-user.js';
import type { UserRecord } from '../users/user-record.js';

/** The guard events of a phone are read for these days. */
export const EVENT_DAYS = 7;
const LISTED_ROWS = 20;
const DAY_MS = 86_400_000;

const READ_EVENTS = statement({
  name: 'admin/read_guard_events_of_phone',
  sql: `
    SELECT rule, action, network, sum(count)::int AS count, max(at) AS "lastAt", max(until) AS until
    FROM guard_events WHERE phone_hash = ANY(:phoneHashes::bytea[]) AND at > now() - interval '${EVENT_DAYS} days'
    GROUP BY rule, action, network ORDER BY "lastAt" DESC LIMIT ${LISTED_ROWS}`,
  parameters: { phoneHashes: array(bytea) },
  columns: {
    rule: text,
    action: text,
    network: nullable(text),
    count: int4,
    lastAt: timestamptz,
    until: nullable(timestamptz),
  },
});

const READ_OPEN_ATTEMPTS = statement({
  name: 'admin/read_open_attempts_of_phone',
  sql: `
    SELECT id, method, status, expires_at AS "expiresAt", client_ip AS "clientIp" FROM login_attempts
    WHERE phone = :phone AND status IN ('PENDING', 'CONFIRMING', 'COMPLETED') AND expires_at > now() ORDER BY id DESC LIMIT ${LISTED_ROWS}`,
  parameters: { phone: text },
  columns: {
    id: uuid,
    method: loginMethod,
    status: loginAttemptStatus,
    expiresAt: timestamptz,
    clientIp: nullable(text),
  },
});

const READ_MESSAGES = statement({
  name: 'admin/read_messages_of_phone',
  sql: `
    SELECT d.created_at AS "createdAt", d.channel, d.status, d.failure, d.detail, d.blocked_by AS "blockedBy"
    FROM (SELECT id FROM login_attempts WHERE phone = :phone ORDER BY id DESC LIMIT ${LISTED_ROWS}) a
    JOIN sms_log d ON d.attempt_id = a.id ORDER BY d.created_at DESC LIMIT ${LISTED_ROWS}`,
  parameters: { phone: text },
  columns: {
    createdAt: timestamptz,
    channel: text,
    status: deliveryStatus,
    failure: nullable(text),
    detail: nullable(text),
    blockedBy: nullable(text),
  },
});

const READ_FAILURES = statement({
  name: 'admin/read_failures_of_phone',
  sql: `
    SELECT CASE WHEN hour_started_at > now() - interval '1 hour' THEN hour_failures ELSE 0 END AS "hourFailures",
           hour_started_at + interval '1 hour' AS "hourEndsAt",
           CASE WHEN day_started_at > now() - interval '1 day' THEN day_failures ELSE 0 END AS "dayFailures", total_failures AS "totalFailures"
    FROM guess_failures WHERE subject = :phone`,
  parameters: { phone: text },
  columns: { hourFailures: int4, hourEndsAt: timestamptz, dayFailures: int4, totalFailures: int4 },
});

/** The networks from which the phone was requested in the last day, or an IP address in each. */
const READ_NETWORKS = statement({
  name: 'admin/read_networks_of_phone',
  sql: `
    (SELECT DISTINCT client_ip AS network FROM login_attempts
     WHERE phone = :phone AND client_ip IS NOT NULL AND id >= :since::uuid LIMIT ${LISTED_ROWS})
    UNION
    (SELECT network FROM guard_events
     WHERE phone_hash = ANY(:phoneHashes::bytea[]) AND network IS NOT NULL AND at > now() - interval '1 day'
     GROUP BY network ORDER BY max(at) DESC LIMIT ${LISTED_ROWS})`,
  parameters: { phone: text, phoneHashes: array(bytea), since: uuid },
  columns: { network: text },
});

/** Everything that decides whether a phone gets a code now. `phonegate why --json` prints it, so the columns above have the names of JSON. */
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
    config: Pick<Config, 'guard' | 'delivery' | 'production' | 'allowedCountries' | 'deniedPrefixes'>;
    database: Database;
    keyring: Pick<Keyring, 'all'>;
  },
): Promise<PhoneState> {
  const { config, database, keyring } = deps;
  const hashes = phoneHashes(phone, keyring);
  const since = minUuidAt(new Date(Date.now() - DAY_MS));
  const networks = (await database.query(READ_NETWORKS, { phone, phoneHashes: hashes, since })).map(
    ({ network }) => network,
  );
  const channels = namedRoute(country, config.delivery.routes);
  const [user, events, [failures], budgets, attempts, messages] = await Promise.all([
    findUserByPhone({ phone }, deps),
    database.query(READ_EVENTS, { phoneHashes: hashes }),
    database.query(READ_FAILURES, { phone }),
    readSpentBudgets({ phone, country, channels, networks }, deps),
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
