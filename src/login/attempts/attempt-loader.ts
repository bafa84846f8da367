import DataLoader from 'dataloader';
import type { ChannelName } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import { type NullableColumns, fromOuterJoin, hasColumns } from '../../db/outer-join.js';
import { statement } from '../../db/statement.js';
import { type OutputsOf, array, bytea, int4, textOf, timestamptz, uuid } from '../../db/types.js';
import type { LoginAttempt, ShownDeliveryStatus } from './attempt.js';
import { type AttemptDeps, STATE_COLUMNS, toAttempt } from './attempt-state.js';

const ATTEMPT_COLUMNS = { ...STATE_COLUMNS, created_at: timestamptz };

const DELIVERY_COLUMNS = {
  channel: textOf<ChannelName>(),
  shown_status: textOf<ShownDeliveryStatus>(),
  /** The channels of the deliveries before this one that did not arrive, in order. */
  failed_channels: array(textOf<ChannelName>()),
};

/** SQL: an open attempt whose time is over is expired, even if the cleanup has not marked it yet. */
const OVERDUE = `(a.status IN ('PENDING', 'CONFIRMING', 'COMPLETED') AND a.expires_at <= now())`;

/** SQL: the cleanup will mark an overdue attempt with the next version number. */
const SHOWN_VERSION = `CASE WHEN ${OVERDUE} THEN a.version + 1 ELSE a.version END`;

/**
 * SQL: whether a delivery failed, or the gateway sent the code by the next channel because no receipt arrived. A resend starts
 * the route again, so the next delivery mostly does not have fewer `next_channels`. A message that had arrived before was not lost.
 */
const FAILED = `(status IN ('FAILED', 'UNDELIVERED') AND failover_at IS NULL)
  OR lead(cardinality(next_channels)) OVER (ORDER BY created_at, id) < cardinality(next_channels)
    AND NOT coalesce(delivered_at <= lead(created_at) OVER (ORDER BY created_at, id), false)`;

/**
 * SQL: the status that the client of the attempt sees. An outcome is hidden until `failover_at`, and READ always. See
 * docs/decisions/0036.
 */
const SHOWN_STATUS = `CASE WHEN status = 'QUEUED' THEN 'QUEUED'
    WHEN failover_at IS NOT NULL OR status IN ('ACCEPTED', 'SENT') THEN 'SENT'
    WHEN status IN ('DELIVERED', 'READ') THEN 'DELIVERED'
    ELSE 'FAILED' END`;

/**
 * Reads attempts by ID and secret hash. An attempt whose version the client has seen returns no row, so that the rechecks
 * of ten thousand watchers cost little. An attempt that does not exist returns a row of nulls. An overdue attempt
 * is shown as expired. Of its deliveries the latest is shown, unless that one failed after an earlier one had arrived. When the attempt
 * is over, no delivery is shown.
 */
const READ_ATTEMPTS = statement({
  name: 'login/read_attempts',
  short: true,
  sql: `
    SELECT requested.position::int, a.id, a.method, a.phone, a.created_at, a.expires_at, a.failure_reason, a.key_id, a.code_salt, a.tries, a.needs_approval,
      CASE WHEN ${OVERDUE} THEN 'EXPIRED' ELSE a.status END AS status,
      ${SHOWN_VERSION} AS version,
      latest.channel, latest.shown_status, latest.failed_channels
    FROM unnest(:attemptIds::uuid[], :secretHashes::bytea[], :seenVersions::int[]) WITH ORDINALITY AS requested (id, secret_hash, seen_version, position)
    LEFT JOIN login_attempts a ON a.id = requested.id AND a.secret_hash = requested.secret_hash
    LEFT JOIN LATERAL (
      SELECT channel, ${SHOWN_STATUS} AS shown_status,
             coalesce(array_agg(channel) FILTER (WHERE failed) OVER (ORDER BY created_at, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), '{}') AS failed_channels
      FROM (SELECT *, ${FAILED} AS failed FROM sms_log WHERE attempt_id = a.id) AS deliveries
      ORDER BY status = 'FAILED' AND bool_or(delivered_at IS NOT NULL) OVER (), created_at DESC, id DESC LIMIT 1
    ) AS latest ON a.status = 'PENDING' AND a.expires_at > now()
    WHERE a.id IS NULL OR ${SHOWN_VERSION} > requested.seen_version`,
  parameters: { attemptIds: array(uuid), secretHashes: array(bytea), seenVersions: array(int4) },
  columns: {
    position: int4,
    ...fromOuterJoin(ATTEMPT_COLUMNS),
    ...fromOuterJoin(DELIVERY_COLUMNS),
  },
});

type AttemptRow = OutputsOf<typeof ATTEMPT_COLUMNS> & OutputsOf<NullableColumns<typeof DELIVERY_COLUMNS>>;

interface AttemptKey {
  id: string;
  hash: Buffer;
  /** The last version that the client has seen, or `NOTHING_SEEN`. */
  seenVersion: number;
}

/** Loads attempts by ID and secret hash; undefined when the two do not belong together. */
export type AttemptLoader = DataLoader<AttemptKey, LoginAttempt | 'unchanged' | undefined>;

/**
 * Reads many attempts in one statement. When Redis is back, ten thousand watchers wake together and cost ten
 * statements.
 */
export function createAttemptLoader(deps: AttemptDeps & { database: Database }): AttemptLoader {
  const { database } = deps;
  return new DataLoader(
    async (keys) => {
      const rows = await database.query(READ_ATTEMPTS, {
        attemptIds: keys.map(({ id }) => id),
        secretHashes: keys.map(({ hash }) => hash),
        seenVersions: keys.map(({ seenVersion }) => seenVersion),
      });
      const attempts = Array.from<unknown, LoginAttempt | 'unchanged' | undefined>(keys, () => 'unchanged');
      // Not by ID, because two keys may contain the same attempt, one of them with a wrong secret.
      for (const row of rows)
        attempts[row.position - 1] = hasColumns(row, ATTEMPT_COLUMNS) ? toAttemptWithDelivery(row, deps) : undefined;
      return attempts;
    },
    { cache: false, maxBatchSize: 1_000 },
  );
}

function toAttemptWithDelivery(row: AttemptRow, deps: AttemptDeps): LoginAttempt {
  const attempt = toAttempt(row, deps);
  if (hasColumns(row, DELIVERY_COLUMNS))
    attempt.delivery = {
      channel: row.channel,
      status: row.shown_status,
      updatedAt: row.created_at,
      previousChannels: [...new Set(row.failed_channels)].filter((channel) => channel !== row.channel),
    };
  return attempt;
}
