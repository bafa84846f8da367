import { statement } from '../../db/statement.js';
import { int4, int8, nullable, text, timestamptz } from '../../db/types.js';
import { isSubjectOf } from '../../guard/guesses/guess-subjects.js';
import { FAILURES_KEPT_DAYS } from '../../guard/limits.js';
import { shortenIp } from '../../guard/networks/shorten-ip.js';
import type { Account } from '../create-account.js';

/** Who caused what a row counts: all clients, one known device, the clients in one network, or the gateway (notifications). */
export interface CountedClient {
  client: 'all' | 'known device' | 'network' | 'gateway';
  /** Shortened, because it may be a stranger's. */
  network: string | null;
}

/** SQL: whether the counts of the row began when the user had the phone. Earlier ones may be another person's. */
const IS_OF_USER = 'day_started_at >= :since';

const READ_SENT = statement({
  name: 'account/read_sent_messages',
  sql: `
    SELECT subject, hour_started_at, hour_sends, day_started_at, day_sends, day_verified FROM budgets WHERE ${isSubjectOf(':phone')} AND ${IS_OF_USER}
    UNION ALL
    SELECT subject, hour_started_at, hour_sends * 100, day_started_at, day_sends * 100, NULL FROM send_budgets WHERE subject = :phone AND ${IS_OF_USER}
    ORDER BY day_started_at DESC LIMIT :limit`,
  parameters: { phone: text, since: timestamptz, limit: int8 },
  columns: {
    subject: text,
    hour_started_at: timestamptz,
    hour_sends: int4,
    day_started_at: timestamptz,
    day_sends: int4,
    day_verified: nullable(int4),
  },
});

const READ_WRONG_CODES = statement({
  name: 'account/read_wrong_codes',
  sql: `
    SELECT subject, hour_started_at, hour_failures, day_started_at, day_failures, total_failures FROM guess_failures WHERE ${isSubjectOf(':phone')} AND ${IS_OF_USER}
    UNION ALL
    SELECT phone, hour_started_at, hour_failures, hour_started_at, hour_failures, consecutive FROM phone_failures WHERE phone = :phone AND hour_started_at >= :since
    ORDER BY day_started_at DESC LIMIT :limit`,
  parameters: { phone: text, since: timestamptz, limit: int8 },
  columns: {
    subject: text,
    hour_started_at: timestamptz,
    hour_failures: int4,
    day_started_at: timestamptz,
    day_failures: int4,
    total_failures: int4,
  },
});

/** `since`: the time since when the user has had the phone. */
type Input = { phone: string; since: Date; limit: number };
/** A total may contain the wrong codes for the earlier owner of the phone. It starts again after this time without one. */
const TOTAL_MS = FAILURES_KEPT_DAYS * 86_400_000;

/** How many messages the phone was sent. An unused one counts 1, a used one 0.25. */
export async function readSentMessages(input: Input, { database }: Pick<Account, 'database'>): Promise<object[]> {
  return (await database.query(READ_SENT, input)).map((row) => ({
    ...clientOf(row.subject, input),
    hourStartedAt: row.hour_started_at,
    hour: row.hour_sends / 100,
    dayStartedAt: row.day_started_at,
    day: row.day_sends / 100,
    dayUsed: row.day_verified,
  }));
}

/** How many wrong codes were entered for the phone. The total is null until the user has had the phone for 90 days. */
export async function readWrongCodes(input: Input, { database }: Pick<Account, 'database'>): Promise<object[]> {
  const hasTotal = Date.now() - input.since.getTime() > TOTAL_MS;
  return (await database.query(READ_WRONG_CODES, input)).map((row) => ({
    ...clientOf(row.subject, input),
    hourStartedAt: row.hour_started_at,
    hour: row.hour_failures,
    dayStartedAt: row.day_started_at,
    day: row.day_failures,
    total: hasTotal ? row.total_failures : null,
  }));
}

/** Who is counted under a subject of the phone: guess-subjects.ts and notification-budgets.ts say how these are written. */
function clientOf(subject: string, { phone }: Input): CountedClient {
  const [preposition, client] = subject.slice(phone.length + 1).split(' ');
  if (preposition === 'from') return { client: 'network', network: shortenNetwork(client ?? '') };
  if (preposition === 'notifications') return { client: 'gateway', network: null };
  return { client: preposition === 'on' ? 'known device' : 'all', network: null };
}

/** The network of an IP, or of a network such as `2001:db8:0:1::/64`. */
export const shortenNetwork = (network: string): string | null => shortenIp(network.replace(/\/\d+$/, ''));
