import { statement } from '../../db/statement.js';
import { array, bool, bytea, nullable, text, textOf, timestamptz, uuid } from '../../db/types.js';
import type { IncomingText } from '../../delivery/channels/green-api/incoming-text.js';
import { CONFIRMATION_MAX_TRIES } from '../../guard/limits.js';
import { maskPhone } from '../../phone/mask-phone.js';
import { STATE_COLUMNS, STATE_COLUMNS_OF_A, publishAttempt } from '../attempts/attempt-state.js';
import type { LoginDeps } from '../create-login.js';
import { AHEAD_BY_SECONDS, GRACE_SECONDS, OLDER_BY_SECONDS } from './clock.js';
import { deriveConfirmationNumber } from './confirmation-number.js';
import { EVENT_PARAMETERS, insertEvent } from './record-event.js';

/** An answer is compared only with this many attempts: those that wait, and the newest others. */
const MAX_CONFIRMING = 100;

/** Also attempts that were canceled while they waited: their numbers may still be on a screen. */
const READ_CONFIRMING = statement({
  name: 'login/read_confirming_attempts',
  sql: `
    SELECT id, key_id, code_salt, needs_approval, status = 'CONFIRMING' AS waiting FROM login_attempts
    WHERE phone = :phone AND purpose = 'SIGN_IN' AND expires_at > now()
      AND (status = 'CONFIRMING' OR status = 'CANCELED' AND completed_at IS NOT NULL)
    ORDER BY waiting DESC, completed_at DESC LIMIT ${MAX_CONFIRMING}`,
  parameters: { phone: text },
  columns: { id: uuid, key_id: text, code_salt: nullable(bytea), needs_approval: bool, waiting: bool },
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
      status = CASE WHEN :verdict = 'right' THEN 'COMPLETED' WHEN :verdict = 'ambiguous' THEN 'CANCELED'
                    WHEN a.tries + 1 >= ${CONFIRMATION_MAX_TRIES} THEN 'FAILED' ELSE 'CONFIRMING' END::login_attempt_status,
      failure_reason = CASE WHEN :verdict = 'wrong' AND a.tries + 1 >= ${CONFIRMATION_MAX_TRIES} THEN 'TOO_MANY_TRIES'::failure_reason END,
      confirmed_by = CASE WHEN :verdict = 'right' THEN 'user' END,
      expires_at = CASE WHEN :verdict = 'right' THEN greatest(a.expires_at, now() + interval '${GRACE_SECONDS} seconds') ELSE a.expires_at END,
      version = a.version + 1
    FROM event
    WHERE a.id = ANY(:attemptIds::uuid[]) AND a.status = 'CONFIRMING' AND a.expires_at > now()
      AND :sentAt::timestamptz BETWEEN a.completed_at - interval '${OLDER_BY_SECONDS} seconds' AND now() + interval '${AHEAD_BY_SECONDS} seconds'
    RETURNING ${STATE_COLUMNS_OF_A}`,
  parameters: {
    ...EVENT_PARAMETERS,
    verdict: textOf<'right' | 'wrong' | 'ambiguous'>(),
    attemptIds: array(uuid),
    sentAt: timestamptz,
  },
  columns: STATE_COLUMNS,
});

/**
 * Compares a number with the attempts of its sender that wait for one. The right number completes its attempt, and a
 * wrong one counts against every waiting attempt. A number that several attempts have shown confirms none of them: it
 * does not say which screen the user sees. Those that wait are canceled, and a warning is logged.
 *
 * @returns whether an attempt was waiting for this answer.
 */
export async function checkConfirmation(
  { phone, number, message }: { phone: string; number: string; message: IncomingText },
  deps: Pick<LoginDeps, 'config' | 'keyring' | 'database' | 'bus' | 'audit'>,
): Promise<boolean> {
  const { keyring, database, audit } = deps;
  // No number confirms a sign-in that needs an approval.
  const shown = (await database.query(READ_CONFIRMING, { phone })).filter(({ needs_approval }) => !needs_approval);
  const waiting = shown.filter((attempt) => attempt.waiting);
  if (waiting.length === 0) return false;
  const equal = shown.filter(
    ({ id, key_id, code_salt: salt }) =>
      deriveConfirmationNumber({ attemptId: id, phone, salt }, keyring.of(key_id).code) === number,
  );
  const right = equal.filter((attempt) => attempt.waiting);
  const verdict = right.length === 0 ? 'wrong' : equal.length > 1 ? 'ambiguous' : 'right';
  const changed = await database.query(APPLY_ANSWER, {
    instance: message.instance,
    idMessage: message.idMessage,
    verdict,
    attemptIds: (verdict === 'wrong' ? waiting : right).map(({ id }) => id),
    sentAt: message.sentAt,
  });
  await Promise.all(changed.map(async (row) => publishAttempt(row, deps)));
  for (const { id, status } of changed) {
    const fields = { attemptId: id, phone: maskPhone(phone), status };
    if (verdict === 'ambiguous') audit.warn({ event: 'whatsapp.confirmation_ambiguous', ...fields });
    else audit.info({ event: 'whatsapp.confirmation', ...fields });
  }
  return changed.length > 0;
}
