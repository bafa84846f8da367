import { ASYNC_COMMIT } from '../../db/async-commit.js';
import type { Database } from '../../db/database.js';
import { deliveryStatus } from '../../db/enums.js';
import { statement } from '../../db/statement.js';
import { int4, nullable, text, uuid } from '../../db/types.js';
import type { Rule } from '../../guard/rules.js';
import { type SendRecord, notifyWatchers, receiptDue, shownAt } from '../log/sms-log.js';
import type { RecentOutcome } from './recent-outcomes.js';

/**
 * With sign-up closed, an unknown phone receives no message. A decoy delivery keeps it indistinguishable from a known
 * phone (R10). Its row holds the outcome from the beginning, and `failover_at` says when the outcome takes effect: the
 * round that handles real messages then handles the decoy.
 */

/** SQL: this many milliseconds from now. */
const AFTER = `now() + :afterMs::int * interval '1 millisecond'`;

const acceptDelivery = `
  UPDATE sms_log d SET
    status = :status::delivery_status, template = :template, locale = :locale, latency_ms = :latencyMs, failure = 'suppressed', detail = :detail,
    blocked_by = coalesce(:blockedBy, d.blocked_by), updated_at = now(),
    failover_at = CASE WHEN :status = 'ACCEPTED' THEN ${receiptDue(':receiptSeconds')}
                       WHEN :status = 'UNDELIVERED' AND cardinality(d.next_channels) > 0 THEN ${AFTER}
                       ELSE ${shownAt(`(${AFTER})`)} END,
    delivered_at = CASE WHEN :status = 'DELIVERED' THEN now() END
  FROM ${ASYNC_COMMIT}
  WHERE d.id = :deliveryId AND d.status = 'QUEUED' AND async_commit.setting = 'off'`;

const acceptDecoyStatement = (name: string, sql: string) =>
  statement({
    name,
    sql,
    parameters: {
      deliveryId: uuid,
      status: deliveryStatus,
      detail: nullable(text),
      blockedBy: nullable(text),
      template: text,
      locale: text,
      latencyMs: int4,
      afterMs: int4,
      receiptSeconds: int4,
    },
    columns: {},
  });

const ACCEPT_DECOY = {
  unwatched: acceptDecoyStatement('delivery/accept_decoy', acceptDelivery),
  watched: acceptDecoyStatement(
    'delivery/accept_decoy_watched',
    `WITH accepted_decoy AS (${acceptDelivery} RETURNING d.attempt_id) ${notifyWatchers('accepted_decoy')}`,
  ),
};

interface AcceptedDelivery {
  record: SendRecord;
  becomes: RecentOutcome;
  /** After these seconds without a receipt the next channel takes over; 0 when none does. */
  receiptSeconds: number;
  /** The rule of the guard that makes a decoy of a message; undefined where its row says already that it is one. */
  blockedBy?: Rule | undefined;
}

/** Records that a channel has accepted a decoy, and what becomes of it. */
export async function acceptDecoy(
  { record, becomes, receiptSeconds, blockedBy }: AcceptedDelivery,
  { database }: { database: Database },
): Promise<void> {
  const { deliveryId, template, locale, latencyMs, watched } = record;
  const tooLate = receiptSeconds > 0 && becomes.afterMs > receiptSeconds * 1000;
  await database.query(ACCEPT_DECOY[watched ? 'watched' : 'unwatched'], {
    deliveryId,
    status: tooLate ? 'ACCEPTED' : STATUS[becomes.outcome],
    detail: tooLate ? null : becomes.failure,
    blockedBy,
    template,
    locale,
    latencyMs: Math.round(latencyMs),
    afterMs: Math.round(becomes.afterMs),
    receiptSeconds,
  });
}

const STATUS = { delivered: 'DELIVERED', failed: 'UNDELIVERED', none: 'ACCEPTED' } as const;
