import type { ChannelName } from '../../config/config.js';
import type { Database, Statement } from '../../db/database.js';
import type { DeliveryPurpose } from '../../db/prisma/client.js';
import { ASYNC_COMMIT } from '../../db/async-commit.js';
import { type Accepted, type Failed, mayHaveBeenSent } from '../channels/channel.js';

/**
 * The SMS log decides who sends what: a try stands in it before the provider is asked, with the time at which the next
 * channel is to be tried unless it has arrived. A process that dies in between loses nothing: another finds the row overdue.
 */

/** SQL: the columns of a new delivery. */
export const NEW_DELIVERY =
  'sms_log (id, attempt_id, channel, masked_phone, country, purpose, locale, failure, next_channels, failover_at)';

/** SQL: a moment in so many seconds, or null. */
export const secondsFromNow = (seconds: string) => `now() + ${seconds}::int * interval '1 second'`;

/** SQL: when the next channel of a delivery `d` that was taken is to be tried; 0 seconds is never. */
export const receiptDue = (seconds: string) =>
  `CASE WHEN ${seconds}::int > 0 AND cardinality(d.next_channels) > 0 THEN ${secondsFromNow(seconds)} END`;

/** SQL: whoever watches the attempts of these rows is to see the change. */
export const toldWatchers = (rows: string) => `
  told AS (UPDATE login_attempts a SET version = version + 1 FROM ${rows} WHERE a.id = ${rows}.attempt_id AND a.status = 'PENDING')`;

/** A try that is about to be made. */
export interface Try {
  deliveryId: string;
  channel: ChannelName;
  /** The channels after it. */
  nextChannels: ChannelName[];
  /** When it is overdue, whatever became of it; null when nothing could be done about it then. */
  overdueSeconds: number | null;
}

const ADD_TRY: Statement = {
  name: 'add_try',
  text: `
    INSERT INTO ${NEW_DELIVERY}
    VALUES ($1, $2, $3, $4, $9, $10::delivery_purpose, $5, CASE WHEN $8::boolean THEN 'suppressed' END, $6::text[],
            ${secondsFromNow('$7')})`,
};

/** A further try that the client asked for. `suppressed`: only seemingly. */
export async function addTry(
  message: {
    attemptId: string | null;
    maskedPhone: string;
    country: string | undefined;
    purpose: DeliveryPurpose;
    locale: string;
  },
  { deliveryId, channel, nextChannels, overdueSeconds }: Try,
  suppressed: boolean,
  database: Database,
): Promise<void> {
  const { attemptId, maskedPhone, country, purpose, locale } = message;
  await database.query(ADD_TRY, [
    deliveryId,
    attemptId,
    channel,
    maskedPhone,
    locale,
    nextChannels,
    overdueSeconds,
    suppressed,
    country,
    purpose,
  ]);
}

/** What was tried, for the log. */
export interface Tried {
  deliveryId: string;
  /** Ours ("<channel>/<locale>"), unless the provider has a name of its own. */
  template: string;
  locale: string;
  latencyMs: number;
  /** Somebody may be watching the attempt by now. */
  watched: boolean;
}

/** SQL: nothing is known of the message yet, or what a receipt said was about another one. */
const FRESH = `(d.status = 'QUEUED' OR ($3::text IS NOT NULL AND d.provider_id IS DISTINCT FROM $3))`;
/** A message is asked about for the first time so long after it was taken. */
const FIRST_POLL_SECONDS = 2;

/** SQL: it is under way, as far as is known when this is written. */
const UNDER_WAY = `(${FRESH} AND $2 <> 'DELIVERED' OR NOT ${FRESH} AND d.status IN ('ACCEPTED', 'SENT'))`;

/** The provider took it. A receipt may have been quicker than the answer: then what it said stands. */
const recordAcceptedStatement = (watched: boolean): Statement => ({
  name: watched ? 'record_accepted_watched' : 'record_accepted',
  text: `
    WITH moved AS (
      UPDATE sms_log d SET
        status = CASE WHEN ${FRESH} THEN $2::delivery_status ELSE d.status END,
        provider_id = coalesce($3, d.provider_id), template = $4, locale = $5, latency_ms = $6, segments = $7, cost = $8, updated_at = now(),
        failover_at = CASE WHEN ${UNDER_WAY} THEN ${receiptDue('$9')} WHEN NOT ${FRESH} THEN d.failover_at END,
        poll_at = CASE WHEN $10::boolean AND ${UNDER_WAY} THEN now() + interval '${FIRST_POLL_SECONDS} seconds' END,
        delivered_at = CASE WHEN ${FRESH} AND $2 = 'DELIVERED' THEN now() ELSE d.delivered_at END
      FROM ${ASYNC_COMMIT}
      WHERE d.id = $1 AND d.status <> 'FAILED' AND async_commit.setting = 'off'
      RETURNING d.attempt_id
    )${watched ? `, ${toldWatchers('moved')}` : ''}
    SELECT FROM moved`,
});
const RECORD_ACCEPTED = { true: recordAcceptedStatement(true), false: recordAcceptedStatement(false) };

export async function recordAccepted(
  tried: Tried,
  result: Accepted,
  /** `receiptSeconds`: how long to wait for it to arrive; 0 for ever. `asked`: its status is to be asked for. */
  wait: { receiptSeconds: number; asked: boolean },
  database: Database,
): Promise<void> {
  await database.query(RECORD_ACCEPTED[`${tried.watched}`], [
    tried.deliveryId,
    result.status ?? 'ACCEPTED',
    result.providerId,
    result.template ?? tried.template,
    tried.locale,
    Math.round(tried.latencyMs),
    result.segments ?? null,
    result.cost ?? null,
    wait.receiptSeconds,
    wait.asked,
  ]);
}

/**
 * The provider refused it. Where there is a channel to go on to, its try is written in the same statement, so that nothing
 * can come in between; unless the attempt is over by now, has been tried anew, or an earlier message has arrived.
 *
 * A receipt may have shown meanwhile that the message is on its way after all. That is believed where nobody said no: then
 * no row comes back. After a clear refusal it was about another message.
 */
const recordFailedStatement = (watched: boolean): Statement => ({
  name: watched ? 'record_failed_watched' : 'record_failed',
  text: `
    WITH failed AS (
      UPDATE sms_log SET status = 'FAILED', failure = $2, detail = $3, template = $4, locale = $5, latency_ms = $6,
             failover_at = NULL, poll_at = NULL, provider_id = NULL, delivered_at = NULL, updated_at = now()
      WHERE id = $1 AND (status = 'QUEUED' OR $13::boolean)
      RETURNING id, attempt_id, masked_phone, country, purpose, created_at
    ), next AS (
      INSERT INTO ${NEW_DELIVERY}
      SELECT $7::uuid, attempt_id, $8, masked_phone, country, purpose, $9, CASE WHEN $12::boolean THEN 'suppressed' END, $10::text[],
             ${secondsFromNow('$11')}
      FROM failed WHERE $7::uuid IS NOT NULL
        AND EXISTS (SELECT FROM login_attempts a WHERE a.id = failed.attempt_id AND a.status = 'PENDING' AND a.expires_at > now())
        AND NOT EXISTS (
          SELECT FROM sms_log n WHERE n.attempt_id = failed.attempt_id AND n.id <> failed.id
            AND (n.delivered_at >= failed.created_at OR (n.created_at, n.id) > (failed.created_at, failed.id))
        )
      RETURNING id
    )${watched ? `, ${toldWatchers('failed')}` : ''}
    SELECT EXISTS (SELECT FROM next) AS goes_on FROM failed`,
});
const RECORD_FAILED = { true: recordFailedStatement(true), false: recordFailedStatement(false) };

/** The try that follows one that was refused. */
export interface NextTry extends Try {
  /** The language that was asked for. */
  locale: string;
  suppressed: boolean;
}

/** @returns whether the next try was written, or why not: the message is on its way, or the attempt has no need of it. */
export async function recordFailed(
  tried: Tried,
  result: Failed,
  next: NextTry | undefined,
  database: Database,
): Promise<'goes_on' | 'over' | 'on_its_way'> {
  const [row] = await database.query<{ goes_on: boolean }>(RECORD_FAILED[`${tried.watched}`], [
    tried.deliveryId,
    result.failure,
    result.detail,
    tried.template,
    tried.locale,
    Math.round(tried.latencyMs),
    next?.deliveryId ?? null,
    next?.channel ?? null,
    next?.locale ?? null,
    next?.nextChannels ?? [],
    next?.overdueSeconds ?? null,
    next?.suppressed ?? false,
    !mayHaveBeenSent(result),
  ]);
  if (!row) return 'on_its_way';
  return row.goes_on ? 'goes_on' : 'over';
}
