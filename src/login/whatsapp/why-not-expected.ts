import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { bool, text, uuid } from '../../db/types.js';
import type { IncomingText } from '../../delivery/channels/green-api/incoming-text.js';
import { DENIAL_HOURS } from '../notifications/queue.js';
import type { ConfirmationAnswer } from './login-message.js';

/**
 * Decides nothing: a concurrent request may change either answer, and the statement that completes the attempt checks
 * both again.
 */
const IS_EXPECTED = statement({
  name: 'login/is_login_message_expected',
  sql: `
    SELECT EXISTS (SELECT 1 FROM webhook_events WHERE instance = :instance AND type_webhook = 'incomingMessageReceived' AND id_message = :idMessage AND status = '') AS seen,
           EXISTS (SELECT 1 FROM login_attempts WHERE id = :attemptId AND method = 'WHATSAPP' AND status = 'PENDING' AND expires_at > now()) AS waiting`,
  parameters: { instance: text, idMessage: text, attemptId: uuid },
  columns: { seen: bool, waiting: bool },
});

/** Decides nothing either: the statements that act on an answer check everything again. */
const IS_ANSWER_EXPECTED = statement({
  name: 'login/is_answer_expected',
  sql: `
    SELECT EXISTS (SELECT 1 FROM webhook_events WHERE instance = :instance AND type_webhook = 'incomingMessageReceived' AND id_message = :idMessage AND status = '') AS seen,
           EXISTS (SELECT 1 FROM login_attempts WHERE status = 'CONFIRMING' AND expires_at > now())
           OR (:isNo::boolean AND EXISTS (
             SELECT 1 FROM notifications
             WHERE purpose = 'NEW_DEVICE' AND answered_at IS NULL AND created_at > now() - interval '${DENIAL_HOURS} hours'
           )) AS waiting`,
  parameters: { instance: text, idMessage: text, isNo: bool },
  columns: { seen: bool, waiting: bool },
});

/**
 * Why a login message from a hidden sender is not worth a lookup. Green API allows only few lookups.
 *
 * @returns undefined when the attempt waits for the message.
 */
export async function whyNotExpected(
  { attemptId, message }: { attemptId: string; message: IncomingText },
  { database }: { database: Database },
): Promise<'duplicate' | 'attempt_not_open' | undefined> {
  const { instance, idMessage } = message;
  const [row] = await database.query(IS_EXPECTED, { instance, idMessage, attemptId });
  if (row?.seen) return 'duplicate';
  return row?.waiting ? undefined : 'attempt_not_open';
}

/**
 * The same for an answer. While nobody is asked for one, strangers cannot cause a look-up.
 *
 * @returns undefined when any attempt or message about a new device waits for such an answer.
 */
export async function whyAnswerNotExpected(
  { answer, message }: { answer: ConfirmationAnswer; message: IncomingText },
  { database }: { database: Database },
): Promise<'duplicate' | 'nothing_to_confirm' | undefined> {
  const { instance, idMessage } = message;
  const [row] = await database.query(IS_ANSWER_EXPECTED, { instance, idMessage, isNo: answer === 'no' });
  if (row?.seen) return 'duplicate';
  return row?.waiting ? undefined : 'nothing_to_confirm';
}
