import type { ChannelName } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { bool, int4, nullable, present, text, textOf } from '../../db/types.js';
import type { SendFailure } from '../channels/channel.js';

/** The answer of a channel to a recent message. */
export interface RecentAnswer {
  latencyMs: number;
  /** Null when the channel accepted the message. */
  failure: SendFailure | null;
  detail: string | null;
  /** Whether it is so recent that the channel would probably answer the same now. */
  current: boolean;
}

/** What became of a message that the channel had accepted. */
export interface RecentOutcome {
  outcome: 'delivered' | 'failed' | 'none';
  failure: SendFailure | null;
  /** Milliseconds from the answer of the channel to its receipt; 0 when none came. */
  afterMs: number;
}

/** An outcome to which no receipt is added any more. */
export interface SettledOutcome extends RecentOutcome {
  /** No receipt came, and yet the user typed the code of this message: it was the only one of its attempt. */
  usedWithoutReceipt: boolean;
}

/** How many recent messages of a channel are read. */
const SAMPLE_SIZE = 300;
/** Seconds in which an answer shows what the channel would answer now. */
const CURRENT_SECONDS = 60;
/** Seconds after which no further receipt matters: the longest life of an attempt. */
const SETTLED_SECONDS = 600;

/** SQL: a code that was really sent. The index `sms_log_sent_codes_idx` has the same condition. */
const SENT_CODE = `purpose = 'LOGIN_CODE' AND failure IS DISTINCT FROM 'suppressed' AND detail IS DISTINCT FROM 'suppressed'`;
/** SQL: the channel refused the message. A message that failed later has the provider's ID. */
const REFUSED = `(status = 'FAILED' AND provider_id IS NULL)`;

/** All instances send, so the sample is read from the database. */
const READ_RECENT_ANSWERS = statement({
  name: 'delivery/read_recent_answers',
  sql: `
    SELECT latency_ms, CASE WHEN ${REFUSED} THEN failure END AS failure, CASE WHEN ${REFUSED} THEN detail END AS detail,
           created_at > now() - interval '${CURRENT_SECONDS} seconds' AS current
    FROM (
      SELECT * FROM sms_log WHERE channel = :channel AND ${SENT_CODE} ORDER BY created_at DESC LIMIT ${SAMPLE_SIZE}
    ) AS recent
    WHERE latency_ms IS NOT NULL ORDER BY created_at DESC`,
  parameters: { channel: text },
  columns: {
    latency_ms: present(int4),
    failure: nullable(textOf<SendFailure>()),
    detail: nullable(text),
    current: bool,
  },
});

const READ_RECENT_OUTCOMES = statement({
  name: 'delivery/read_recent_outcomes',
  sql: `
    SELECT CASE WHEN delivered_at IS NOT NULL THEN 'delivered' WHEN status IN ('FAILED', 'UNDELIVERED') THEN 'failed' ELSE 'none' END AS outcome,
           failure,
           greatest(0, coalesce(extract(epoch FROM CASE WHEN delivered_at IS NOT NULL THEN delivered_at
             WHEN status IN ('FAILED', 'UNDELIVERED') THEN updated_at END - created_at) * 1000 - latency_ms, 0))::int AS after_ms,
           delivered_at IS NULL AND status NOT IN ('FAILED', 'UNDELIVERED') AND EXISTS (
             SELECT FROM login_attempts a WHERE a.id = recent.attempt_id AND a.status IN ('CONFIRMING', 'COMPLETED', 'CLAIMED')
               AND NOT EXISTS (SELECT FROM sms_log other WHERE other.attempt_id = a.id AND other.id <> recent.id)
           ) AS used_without_receipt
    FROM (
      SELECT * FROM sms_log
      WHERE channel = :channel AND ${SENT_CODE} AND created_at < now() - interval '${SETTLED_SECONDS} seconds'
      ORDER BY created_at DESC LIMIT ${SAMPLE_SIZE}
    ) AS recent
    WHERE latency_ms IS NOT NULL AND NOT ${REFUSED}`,
  parameters: { channel: text },
  columns: {
    outcome: textOf<RecentOutcome['outcome']>(),
    failure: nullable(textOf<SendFailure>()),
    after_ms: int4,
    used_without_receipt: bool,
  },
});

/** What the recent messages of a channel show, newest first. */
export interface RecentMessages {
  answers: RecentAnswer[];
  outcomes: SettledOutcome[];
}

/** How long an instance uses what it has read: an attacker who requests many codes must not cause many reads. */
const KEPT_MS = 1_000;

export type ReadRecentMessages = (channel: ChannelName) => Promise<RecentMessages>;

/** Reads the recent messages of a channel, at most once a second. */
export function createReadRecentMessages({ database }: { database: Database }): ReadRecentMessages {
  const kept = new Map<ChannelName, { at: number; messages: Promise<RecentMessages> }>();

  async function read(channel: ChannelName): Promise<RecentMessages> {
    const [answers, outcomes] = await Promise.all([
      database.query(READ_RECENT_ANSWERS, { channel }),
      database.query(READ_RECENT_OUTCOMES, { channel }),
    ]);
    return {
      answers: answers.map(({ latency_ms: latencyMs, ...answer }) => ({ ...answer, latencyMs })),
      outcomes: outcomes.map(({ after_ms: afterMs, used_without_receipt: usedWithoutReceipt, ...outcome }) => ({
        ...outcome,
        afterMs,
        usedWithoutReceipt,
      })),
    };
  }

  return (channel) => {
    const last = kept.get(channel);
    if (last && performance.now() - last.at < KEPT_MS) return last.messages;
    const messages = read(channel);
    kept.set(channel, { at: performance.now(), messages });
    messages.catch(() => kept.delete(channel));
    return messages;
  };
}
