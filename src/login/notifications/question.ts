import { bool, uuid } from '../../db/types.js';
import type { LoginDeps } from '../create-login.js';
import { askToConfirm } from '../whatsapp/ask-to-confirm.js';
import { LEASE_SECONDS, MARK_SENT } from './queue.js';

/** The purpose of a question. It is a message of a conversation by WhatsApp, not a delivery. */
export const QUESTION = 'CONFIRM_SIGN_IN';

/** The parameters of `insertQuestion`. */
export const QUESTION_PARAMETERS = { questionId: uuid, asks: bool };

/**
 * SQL: writes the question of the second step in the statement that makes the attempt wait for it. This process sends it
 * at once. If it dies before, the question is due after the lease.
 */
export const insertQuestion = (from: { attempt: string; proof: string }) => `
      INSERT INTO notifications (id, purpose, user_id, phone, locale, "values", tries, send_at)
      SELECT :questionId::uuid, '${QUESTION}', a.user_id, proof.phone, a.locale,
             jsonb_build_object('userAgent', a.user_agent, 'location', coalesce(a.location, a.client_ip)),
             1, now() + interval '${LEASE_SECONDS} seconds'
      FROM ${from.attempt} a, ${from.proof} proof
      WHERE :asks::boolean AND a.status = 'CONFIRMING' AND NOT a.needs_approval`;

export interface Question {
  id: string;
  /** E.164. */
  phone: string;
  /** Of the attempt. */
  locale: string;
  userAgent: string | null;
  /** Where the sign-in came from: a place or an IP. */
  location: string | null;
}

/** Sends a question by WhatsApp. A message that Green API refuses is not sent again. */
export async function sendQuestion(
  { id, ...question }: Question,
  deps: Pick<LoginDeps, 'config' | 'database' | 'whatsAppAccount' | 'outbox' | 'guardEvents' | 'log'>,
): Promise<void> {
  await askToConfirm({ ...question, clientIp: null }, deps);
  await deps.database.query(MARK_SENT, { id });
}
