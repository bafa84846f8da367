import type { ChannelName } from '../../config/config.js';
import { statement } from '../../db/statement.js';
import { bytea, int2, nullable, text, textOf, uuid } from '../../db/types.js';
import { phoneFromWhatsApp } from '../../phone/whatsapp-phone.js';
import type { LoginDeps } from '../create-login.js';
import { codeOf } from './code.js';

/** A phone has few open attempts. */
const CANDIDATES = 20;

const READ_UNANSWERED = statement({
  name: 'login/read_unanswered_deliveries',
  sql: `
    SELECT s.id AS delivery_id, a.id AS attempt_id, a.key_id, a.code_salt, a.code_length
    FROM login_attempts a JOIN sms_log s ON s.attempt_id = a.id
    WHERE a.phone = :phone AND a.method = 'OTP' AND a.status = 'PENDING'
      AND s.channel = :channel AND s.status = 'QUEUED' AND s.provider_id IS NULL AND s.failure IS NULL
    ORDER BY s.created_at LIMIT ${CANDIDATES}`,
  parameters: { phone: text, channel: textOf<ChannelName>() },
  columns: {
    delivery_id: uuid,
    attempt_id: uuid,
    key_id: text,
    code_salt: nullable(bytea),
    code_length: nullable(int2),
  },
});

/**
 * The delivery of a WhatsApp message whose ID no row has: the one whose code is in its text. Another message to the phone, such as a reply, has
 * no code and belongs to none. If Green API cannot show the text, it is the oldest delivery without an answer.
 */
export async function findUnanswered(
  { digits, idMessage }: { digits: string; idMessage: string },
  deps: Pick<LoginDeps, 'config' | 'keyring' | 'database' | 'whatsAppAccount'>,
): Promise<string | undefined> {
  const { config, keyring, database, whatsAppAccount } = deps;
  const phone = phoneFromWhatsApp(digits).e164;
  const candidates = await database.query(READ_UNANSWERED, { phone, channel: 'green-api' });
  if (candidates.length === 0) return undefined;
  const sent = await whatsAppAccount?.textOf?.(`${digits}@c.us`, idMessage);
  const found =
    sent === undefined
      ? candidates[0]
      : candidates.find((row) =>
          sent.includes(codeOf({ ...row, attemptId: row.attempt_id, phone }, { config, keyring })),
        );
  return found?.delivery_id;
}
