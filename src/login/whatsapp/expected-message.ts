import type { Config } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import { fromOuterJoin, hasColumns } from '../../db/outer-join.js';
import { statement } from '../../db/statement.js';
import { bool, nullable, text, timestamptz, uuid } from '../../db/types.js';
import type { IncomingText } from '../../delivery/channels/green-api/incoming-text.js';
import { NEW_DEVICE_HOURS } from '../../sessions/new-device.js';
import { type LidUser, toLidUser } from './lid-phone.js';
import type { ConfirmationAnswer } from './login-message.js';

const LID_USER_COLUMNS = { phone: text, role: text, whatsapp_lid_checked_at: nullable(timestamptz) };

/**
 * Decides nothing: a concurrent request may change either answer, and the statement that completes the attempt checks
 * both again. The user is read here to save a round trip.
 */
const IS_EXPECTED = statement({
  name: 'login/is_login_message_expected',
  sql: `
    SELECT EXISTS (SELECT 1 FROM webhook_events WHERE instance = :instance AND type_webhook = 'incomingMessageReceived' AND id_message = :idMessage AND status = '') AS seen,
           EXISTS (SELECT 1 FROM login_attempts WHERE id = :attemptId AND method = 'WHATSAPP' AND status = 'PENDING' AND expires_at > now()) AS waiting,
           known.phone, known.role, known.whatsapp_lid_checked_at
    FROM (SELECT 1) AS one_row LEFT JOIN users known ON known.whatsapp_lid = :lid`,
  parameters: { instance: text, idMessage: text, attemptId: uuid, lid: text },
  columns: { seen: bool, waiting: bool, ...fromOuterJoin(LID_USER_COLUMNS) },
});

/** Decides nothing either: the statements that act on an answer check everything again. */
const IS_ANSWER_EXPECTED = statement({
  name: 'login/is_answer_expected',
  sql: `
    SELECT EXISTS (SELECT 1 FROM webhook_events WHERE instance = :instance AND type_webhook = 'incomingMessageReceived' AND id_message = :idMessage AND status = '') AS seen,
           EXISTS (SELECT 1 FROM login_attempts WHERE status = 'CONFIRMING' AND expires_at > now())
           OR (:isNo::boolean AND EXISTS (
             SELECT 1 FROM notifications
             WHERE purpose = 'NEW_DEVICE' AND answered_at IS NULL AND created_at > now() - interval '${NEW_DEVICE_HOURS} hours'
           )) AS waiting`,
  parameters: { instance: text, idMessage: text, isNo: bool },
  columns: { seen: bool, waiting: bool },
});

/**
 * Why a login message from a hidden sender is not worth a lookup. Green API allows only few lookups.
 *
 * @returns no reason when the attempt waits for the message, and the user of the sender's hidden ID, or null.
 */
export async function readExpectation(
  { attemptId, message, lid }: { attemptId: string; message: IncomingText; lid: string },
  { config, database }: { config: Config; database: Database },
): Promise<{ reason: 'duplicate' | 'attempt_not_open' } | { reason?: undefined; lidUser: LidUser | null }> {
  const { instance, idMessage } = message;
  const [row] = await database.query(IS_EXPECTED, { instance, idMessage, attemptId, lid });
  if (row?.seen) return { reason: 'duplicate' };
  if (!row?.waiting) return { reason: 'attempt_not_open' };
  return { lidUser: hasColumns(row, LID_USER_COLUMNS) ? toLidUser(row, config) : null };
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
