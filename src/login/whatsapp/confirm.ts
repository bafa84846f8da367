import { loginAttemptStatus } from '../../db/enums.js';
import { statement } from '../../db/statement.js';
import { array, bool, bytea, nullable, text, textOf, timestamptz, uuid } from '../../db/types.js';
import type { IncomingText } from '../../delivery/channels/green-api/incoming-text.js';
import { CONFIRMATION_MAX_TRIES } from '../../guard/limits.js';
import { maskPhone } from '../../phone/mask-phone.js';
import type { LoginDeps } from '../create-login.js';
import { AHEAD_BY_SECONDS, GRACE_SECONDS, OLDER_BY_SECONDS } from './clock.js';
import { deriveConfirmationNumber } from './confirmation-number.js';
import type { ConfirmationAnswer } from './login-message.js';
import { EVENT_PARAMETERS, insertEvent } from './record-event.js';

/** An answer is compared only with this many attempts, the newest ones. */
const MAX_CONFIRMING = 10;

const READ_CONFIRMING = statement({
  name: 'login/read_confirming_attempts',
  sql: `
    SELECT id, key_id, code_salt, needs_approval FROM login_attempts
    WHERE phone = :phone AND status = 'CONFIRMING' AND expires_at > now() ORDER BY completed_at DESC LIMIT ${MAX_CONFIRMING}`,
  parameters: { phone: text },
  columns: { id: uuid, key_id: text, code_salt: nullable(bytea), needs_approval: bool },
});

/**
 * Applies an answer to the attempts that it concerns. A repeated answer finds its event recorded and changes nothing.
 * Of racing answers, each changes only attempts that still wait.
 */
const APPLY_ANSWER = statement({
  name: 'login/apply_confirmation_answer',
  sql: `
    WITH event AS (${insertEvent()})
    UPDATE login_attempts a SET
      tries = CASE WHEN :verdict = 'wrong' THEN a.tries + 1 ELSE a.tries END,
      status = CASE WHEN :verdict = 'right' THEN 'COMPLETED' WHEN :verdict = 'no' THEN 'CANCELED'
                    WHEN a.tries + 1 >= ${CONFIRMATION_MAX_TRIES} THEN 'FAILED' ELSE 'CONFIRMING' END::login_attempt_status,
      failure_reason = CASE WHEN :verdict = 'wrong' AND a.tries + 1 >= ${CONFIRMATION_MAX_TRIES} THEN 'TOO_MANY_TRIES'::failure_reason END,
      confirmed_by = CASE WHEN :verdict = 'right' THEN 'user' END,
      expires_at = CASE WHEN :verdict = 'right' THEN greatest(a.expires_at, now() + interval '${GRACE_SECONDS} seconds') ELSE a.expires_at END,
      version = a.version + 1
    FROM event
    WHERE a.id = ANY(:attemptIds::uuid[]) AND a.status = 'CONFIRMING' AND a.expires_at > now()
      AND :sentAt::timestamptz BETWEEN a.completed_at - interval '${OLDER_BY_SECONDS} seconds' AND now() + interval '${AHEAD_BY_SECONDS} seconds'
    RETURNING a.id, a.status`,
  parameters: {
    ...EVENT_PARAMETERS,
    verdict: textOf<'right' | 'wrong' | 'no'>(),
    attemptIds: array(uuid),
    sentAt: timestamptz,
  },
  columns: { id: uuid, status: loginAttemptStatus },
});

/**
 * Compares an answer with the attempts of its sender that wait for one. The right number completes its attempt, a wrong
 * one counts against every waiting attempt, and a refusal cancels them all and is logged as a warning.
 *
 * @returns whether an attempt was waiting for this answer.
 */
export async function checkConfirmation(
  { phone, answer, message }: { phone: string; answer: ConfirmationAnswer; message: IncomingText },
  { keyring, database, bus, audit }: Pick<LoginDeps, 'keyring' | 'database' | 'bus' | 'audit'>,
): Promise<boolean> {
  const waiting = await database.query(READ_CONFIRMING, { phone });
  if (waiting.length === 0) return false;
  // No number confirms a sign-in that needs an approval, but its user can refuse it.
  const confirmable = waiting.filter(({ needs_approval }) => !needs_approval);
  const right = confirmable.find(
    ({ id, key_id, code_salt: salt }) =>
      answer !== 'no' &&
      deriveConfirmationNumber({ attemptId: id, phone, salt }, keyring.of(key_id).code) === answer.number,
  );
  const verdict = answer === 'no' ? 'no' : right ? 'right' : 'wrong';
  const changed = await database.query(APPLY_ANSWER, {
    instance: message.instance,
    idMessage: message.idMessage,
    verdict,
    attemptIds: right ? [right.id] : (answer === 'no' ? waiting : confirmable).map(({ id }) => id),
    sentAt: message.sentAt,
  });
  for (const { id, status } of changed) {
    bus.publish(id);
    const fields = { attemptId: id, phone: maskPhone(phone), status };
    if (verdict === 'no') audit.warn({ event: 'whatsapp.denied', ...fields });
    else audit.info({ event: 'whatsapp.confirmation', ...fields });
  }
  return changed.length > 0;
}
