import type { ChannelName } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import { failureReason, loginAttemptStatus } from '../../db/enums.js';
import { type RowOf, statement } from '../../db/statement.js';
import { bytea, int2, nullable, present, text, textOf, timestamptz, uuid } from '../../db/types.js';

/**
 * Finds the attempt that an earlier request with the same key has opened. A key holds while its attempt lives: the key
 * of an expired attempt is removed, and the next request with it opens a new attempt.
 */
const READ_REPEATED_REQUEST = statement({
  name: 'login/read_repeated_otp_request',
  sql: `
    WITH expired AS (
      UPDATE login_attempts SET idempotency_hash = NULL WHERE idempotency_hash = :requestHash AND expires_at <= now()
    )
    SELECT a.id, a.secret_hash, a.key_id, a.code_salt, a.status, a.expires_at, a.resend_at, a.failure_reason, a.code_length, latest.channel
    FROM login_attempts a
    JOIN LATERAL (SELECT channel FROM sms_log WHERE attempt_id = a.id ORDER BY created_at DESC, id DESC LIMIT 1) AS latest ON true
    WHERE a.idempotency_hash = :requestHash AND a.expires_at > now()`,
  parameters: { requestHash: bytea },
  columns: {
    id: uuid,
    secret_hash: bytea,
    key_id: text,
    code_salt: present(bytea),
    status: loginAttemptStatus,
    expires_at: timestamptz,
    resend_at: present(timestamptz),
    failure_reason: nullable(failureReason),
    code_length: nullable(int2),
    /** Of the latest delivery. */
    channel: textOf<ChannelName>(),
  },
});

export type RepeatedRequest = RowOf<typeof READ_REPEATED_REQUEST>;

export async function readRepeatedRequest(
  { requestHash }: { requestHash: Buffer },
  { database }: { database: Database },
): Promise<RepeatedRequest | undefined> {
  return (await database.query(READ_REPEATED_REQUEST, { requestHash }))[0];
}

/** The next request with the key of this attempt opens a new attempt. */
const FORGET_REQUEST = statement({
  name: 'login/forget_otp_request',
  sql: 'UPDATE login_attempts SET idempotency_hash = NULL WHERE id = :attemptId AND idempotency_hash IS NOT NULL',
  parameters: { attemptId: uuid },
  columns: {},
});

/** Lets a request whose message was certainly not sent be repeated as a new one. */
export async function forgetRequest(
  { attemptId }: { attemptId: string },
  { database }: { database: Database },
): Promise<void> {
  await database.query(FORGET_REQUEST, { attemptId });
}
