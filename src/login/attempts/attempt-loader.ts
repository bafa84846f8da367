import DataLoader from 'dataloader';
import type { ChannelName, Config } from '../../config/config.js';
import { hasWhatsAppConfirmation } from '../../config/sign-in-methods.js';
import type { Keyring } from '../../config/keys.js';
import type { Database } from '../../db/database.js';
import { failureReason, loginAttemptStatus, loginMethod } from '../../db/enums.js';
import { fromOuterJoin, hasColumns } from '../../db/outer-join.js';
import { type RowOf, statement } from '../../db/statement.js';
import { array, bool, bytea, int2, int4, nullable, text, textOf, timestamptz, uuid } from '../../db/types.js';
import { CONFIRMATION_MAX_TRIES } from '../../guard/limits.js';
import { deriveConfirmationNumber } from '../whatsapp/confirmation-number.js';
import type { LoginAttempt, ShownDeliveryStatus } from './attempt.js';

const DELIVERY_COLUMNS = {
  channel: textOf<ChannelName>(),
  shown_status: textOf<ShownDeliveryStatus>(),
  /** The channels of the deliveries before this one that did not arrive, in order. */
  failed_channels: array(textOf<ChannelName>()),
};

/** SQL: an open attempt whose time is over is expired, even if the cleanup has not marked it yet. */
const OVERDUE = `(a.status IN ('PENDING', 'CONFIRMING', 'COMPLETED') AND a.expires_at <= now())`;

/**
 * SQL: whether a delivery failed, or the gateway sent the code by the next channel because no receipt arrived. A resend starts
 * the route again, so the next delivery does not have fewer `next_channels`.
 */
const FAILED = `(status IN ('FAILED', 'UNDELIVERED') AND failover_at IS NULL)
  OR lead(cardinality(next_channels)) OVER (ORDER BY created_at, id) < cardinality(next_channels)`;

/**
 * SQL: the status that the client of the attempt sees. An outcome is hidden until `failover_at`, and READ always. See
 * docs/decisions/0036.
 */
const SHOWN_STATUS = `CASE WHEN status = 'QUEUED' THEN 'QUEUED'
    WHEN failover_at IS NOT NULL OR status IN ('ACCEPTED', 'SENT') THEN 'SENT'
    WHEN status IN ('DELIVERED', 'READ') THEN 'DELIVERED'
    ELSE 'FAILED' END`;

/**
 * Reads attempts by ID and secret hash. An overdue attempt is shown with the next version number, which the cleanup
 * will write. Of its deliveries the latest is shown, unless that one failed after an earlier one had arrived. When the attempt
 * is over, no delivery is shown.
 */
const READ_ATTEMPTS = statement({
  name: 'login/read_attempts',
  sql: `
    SELECT requested.position::int, a.id, a.method, a.phone, a.created_at, a.expires_at, a.failure_reason, a.key_id, a.code_salt, a.tries, a.needs_approval,
      CASE WHEN ${OVERDUE} THEN 'EXPIRED' ELSE a.status END AS status,
      CASE WHEN ${OVERDUE} THEN a.version + 1 ELSE a.version END AS version,
      latest.channel, latest.shown_status, latest.failed_channels
    FROM unnest(:attemptIds::uuid[], :secretHashes::bytea[]) WITH ORDINALITY AS requested (id, secret_hash, position)
    JOIN login_attempts a ON a.id = requested.id AND a.secret_hash = requested.secret_hash
    LEFT JOIN LATERAL (
      SELECT channel, ${SHOWN_STATUS} AS shown_status,
             coalesce(array_agg(channel) FILTER (WHERE failed) OVER (ORDER BY created_at, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), '{}') AS failed_channels
      FROM (SELECT *, ${FAILED} AS failed FROM sms_log WHERE attempt_id = a.id) AS deliveries
      ORDER BY status = 'FAILED' AND bool_or(delivered_at IS NOT NULL) OVER (), created_at DESC, id DESC LIMIT 1
    ) AS latest ON a.status = 'PENDING' AND a.expires_at > now()`,
  parameters: { attemptIds: array(uuid), secretHashes: array(bytea) },
  columns: {
    position: int4,
    id: uuid,
    method: loginMethod,
    phone: nullable(text),
    created_at: timestamptz,
    expires_at: timestamptz,
    failure_reason: nullable(failureReason),
    key_id: text,
    code_salt: nullable(bytea),
    tries: int2,
    needs_approval: bool,
    status: loginAttemptStatus,
    version: int4,
    ...fromOuterJoin(DELIVERY_COLUMNS),
  },
});

type AttemptRow = RowOf<typeof READ_ATTEMPTS>;

/** Loads attempts by ID and secret hash; undefined when the two do not belong together. */
export type AttemptLoader = DataLoader<{ id: string; hash: Buffer }, LoginAttempt | undefined>;

/**
 * Reads many attempts in one statement. When Redis is back, ten thousand watchers wake together and cost ten
 * statements.
 */
export function createAttemptLoader(deps: { database: Database; keyring: Keyring; config: Config }): AttemptLoader {
  const { database } = deps;
  return new DataLoader(
    async (keys) => {
      const rows = await database.query(READ_ATTEMPTS, {
        attemptIds: keys.map(({ id }) => id),
        secretHashes: keys.map(({ hash }) => hash),
      });
      const attempts = Array.from<LoginAttempt | undefined>({ length: keys.length });
      // Not by ID, because two keys may contain the same attempt, one of them with a wrong secret.
      for (const row of rows) attempts[row.position - 1] = toAttempt(row, deps);
      return attempts;
    },
    { cache: false, maxBatchSize: 1_000 },
  );
}

function toAttempt(row: AttemptRow, { keyring, config }: { keyring: Keyring; config: Config }): LoginAttempt {
  const canConfirm = row.method === 'WHATSAPP' || hasWhatsAppConfirmation(config);
  return {
    id: row.id,
    method: row.method,
    status: row.status,
    version: row.version,
    expiresAt: row.expires_at,
    failureReason: row.failure_reason,
    confirmationNumber:
      row.status === 'CONFIRMING' && row.phone && canConfirm && !row.needs_approval
        ? deriveConfirmationNumber(
            { attemptId: row.id, phone: row.phone, salt: row.code_salt },
            keyring.of(row.key_id).code,
          )
        : null,
    confirmationTriesLeft:
      row.status === 'CONFIRMING' && row.tries > 0 ? Math.max(0, CONFIRMATION_MAX_TRIES - row.tries) : null,
    delivery: hasColumns(row, DELIVERY_COLUMNS)
      ? {
          channel: row.channel,
          status: row.shown_status,
          updatedAt: row.created_at,
          previousChannels: [...new Set(row.failed_channels)].filter((channel) => channel !== row.channel),
        }
      : null,
  };
}
