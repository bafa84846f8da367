import type { IncomingText } from '../../delivery/channels/green-api/incoming-text.js';
import { CONFIRMATION_MAX_TRIES } from '../../guard/limits.js';
import { maskPhone } from '../../phone/mask-phone.js';
import type { LoginAttemptStatus } from '../attempts/attempt.js';
import type { LoginDeps } from '../deps.js';
import { AHEAD_BY_SECONDS, GRACE_SECONDS, OLDER_BY_SECONDS } from './clock.js';
import { deriveConfirmationNumber } from './confirmation-number.js';

/** The attempts of a phone that wait for its answer, newest first. */
const CONFIRMING = {
  name: 'confirming_attempts_of_phone',
  text: `
    SELECT id, key_id FROM login_attempts
    WHERE phone = $1 AND status = 'CONFIRMING' AND expires_at > now() ORDER BY completed_at DESC LIMIT 10`,
};

/** One answer, judged once: a redelivered message finds its event, an attempt that is over stays as it is. */
const JUDGE_ANSWER = {
  name: 'judge_confirmation',
  text: `
    WITH event AS (
      INSERT INTO webhook_events (instance, type_webhook, id_message)
      VALUES ($1, 'incomingMessageReceived', $2) ON CONFLICT DO NOTHING RETURNING id_message
    )
    UPDATE login_attempts a SET
      tries = CASE WHEN $4 = 'wrong' THEN a.tries + 1 ELSE a.tries END,
      status = CASE WHEN $4 = 'right' THEN 'COMPLETED' WHEN $4 = 'no' THEN 'CANCELED'
                    WHEN a.tries + 1 >= ${CONFIRMATION_MAX_TRIES} THEN 'FAILED' ELSE 'CONFIRMING' END::login_attempt_status,
      failure_reason = CASE WHEN $4 = 'wrong' AND a.tries + 1 >= ${CONFIRMATION_MAX_TRIES} THEN 'TOO_MANY_TRIES'::failure_reason END,
      expires_at = CASE WHEN $4 = 'right' THEN greatest(a.expires_at, now() + interval '${GRACE_SECONDS} seconds') ELSE a.expires_at END,
      version = a.version + 1
    FROM event
    WHERE a.id = ANY($3::uuid[]) AND a.status = 'CONFIRMING' AND a.expires_at > now()
      AND $5::timestamptz BETWEEN a.completed_at - interval '${OLDER_BY_SECONDS} seconds' AND now() + interval '${AHEAD_BY_SECONDS} seconds'
    RETURNING a.id, a.status`,
};

/**
 * Judges a two-digit answer, or a NO, against the logins of its sender that wait for one. The right number completes its
 * attempt; a wrong one counts against each that waits; NO ends them all and raises an alarm.
 *
 * @returns whether there was anything to judge.
 */
export async function checkConfirmation(
  { phone, answer, message }: { phone: string; answer: { number: string } | 'no'; message: IncomingText },
  { keyring, database, bus, audit }: LoginDeps,
): Promise<boolean> {
  const waiting = await database.query<{ id: string; key_id: string }>(CONFIRMING, [phone]);
  if (waiting.length === 0) return false;
  const right = waiting.find(
    ({ id, key_id }) =>
      answer !== 'no' && deriveConfirmationNumber({ attemptId: id, phone }, keyring.of(key_id).code) === answer.number,
  );
  const verdict = answer === 'no' ? 'no' : right ? 'right' : 'wrong';
  const judged = await database.query<{ id: string; status: LoginAttemptStatus }>(JUDGE_ANSWER, [
    message.instance,
    message.idMessage,
    right ? [right.id] : waiting.map(({ id }) => id),
    verdict,
    message.sentAt,
  ]);
  for (const { id, status } of judged) {
    bus.publish(id);
    const fields = { attemptId: id, phone: maskPhone(phone), status };
    if (verdict === 'no') audit.warn({ event: 'whatsapp.denied', ...fields });
    else audit.info({ event: 'whatsapp.confirmation', ...fields });
  }
  return judged.length > 0;
}
