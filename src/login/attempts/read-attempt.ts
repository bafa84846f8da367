import DataLoader from 'dataloader';
import type { Database } from '../../db/database.js';
import type { ChannelName } from '../../config/config.js';
import type { Keyring } from '../../config/keys.js';
import {
  type DeliveryStatus,
  type FailureReason,
  type LoginAttempt,
  type LoginAttemptStatus,
  type LoginMethod,
  hashSecret,
  isAttemptId,
} from './attempt.js';
import { deriveConfirmationNumber } from '../whatsapp/confirmation-number.js';

/** SQL: an open attempt whose time is up is expired, whether or not the sweep has come by. */
const OVERDUE = `(a.status IN ('PENDING', 'CONFIRMING', 'COMPLETED') AND a.expires_at <= now())`;

/**
 * The attempts whose id and secret hash are both given, many at once: ten thousand watchers that wake together
 * (Redis came back) cost ten statements, not ten thousand. An overdue attempt counts one version more, which is the
 * one the sweep will write.
 */
const READ_ATTEMPTS = {
  name: 'read_login_attempts',
  text: `
    SELECT asked.position::int, a.id, a.method, a.phone, a.expires_at, a.failure_reason, a.key_id,
      CASE WHEN ${OVERDUE} THEN 'EXPIRED' ELSE a.status END AS status,
      CASE WHEN ${OVERDUE} THEN a.version + 1 ELSE a.version END AS version,
      d.channel, d.status AS delivery_status, d.updated_at AS delivery_updated_at, d.channels
    FROM unnest($1::uuid[], $2::bytea[]) WITH ORDINALITY AS asked (id, secret_hash, position)
    JOIN login_attempts a ON a.id = asked.id AND a.secret_hash = asked.secret_hash
    LEFT JOIN LATERAL (
      SELECT channel, status, updated_at, array_agg(channel) OVER (ORDER BY created_at, id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS channels
      FROM sms_log WHERE attempt_id = a.id
      -- One that arrived is not hidden by a later one that was refused.
      ORDER BY status = 'FAILED' AND bool_or(delivered_at IS NOT NULL) OVER (), created_at DESC, id DESC LIMIT 1
    ) d ON true`,
};

interface AttemptRow {
  /** Which of the asked pairs this row answers, from 1. Not by id: two may ask for one attempt, one with a wrong secret. */
  position: number;
  id: string;
  method: LoginMethod;
  phone: string | null;
  key_id: string;
  expires_at: Date;
  failure_reason: FailureReason | null;
  status: LoginAttemptStatus;
  version: number;
  channel: ChannelName | null;
  delivery_status: DeliveryStatus | null;
  delivery_updated_at: Date | null;
  /** Of all tries, in order. */
  channels: ChannelName[] | null;
}

/** Loads attempts by ID and secret hash, many in one statement. */
export type AttemptLoader = DataLoader<{ id: string; hash: Buffer }, LoginAttempt | undefined>;

export function createAttemptLoader({ database, keyring }: { database: Database; keyring: Keyring }): AttemptLoader {
  return new DataLoader(
    async (asked) => {
      const rows = await database.query<AttemptRow>(READ_ATTEMPTS, [
        asked.map(({ id }) => id),
        asked.map(({ hash }) => hash),
      ]);
      const answers = Array.from<LoginAttempt | undefined>({ length: asked.length });
      for (const row of rows) answers[row.position - 1] = toAttempt(row, keyring);
      return answers;
    },
    { cache: false, maxBatchSize: 1_000 },
  );
}

/** The attempt for a client that shows its ID and secret; undefined for any other. */
export async function readAttempt(
  { attemptId, secret }: { attemptId: string; secret: string },
  { attempts }: { attempts: AttemptLoader },
): Promise<LoginAttempt | undefined> {
  return isAttemptId(attemptId) ? attempts.load({ id: attemptId.toLowerCase(), hash: hashSecret(secret) }) : undefined;
}

function toAttempt(row: AttemptRow, keyring: Keyring): LoginAttempt {
  return {
    id: row.id,
    method: row.method,
    status: row.status,
    version: row.version,
    expiresAt: row.expires_at,
    failureReason: row.failure_reason,
    confirmationNumber:
      row.status === 'CONFIRMING' && row.phone
        ? deriveConfirmationNumber({ attemptId: row.id, phone: row.phone }, keyring.of(row.key_id).code)
        : null,
    delivery:
      row.channel && row.delivery_status && row.delivery_updated_at
        ? {
            channel: row.channel,
            status: row.delivery_status,
            updatedAt: row.delivery_updated_at,
            previousChannels: [...new Set(row.channels)].filter((channel) => channel !== row.channel),
          }
        : null,
  };
}
