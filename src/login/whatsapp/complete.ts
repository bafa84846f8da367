import { v7 as uuidv7 } from 'uuid';
import type { IncomingText } from '../../delivery/channels/green-api/incoming-text.js';
import { type SignUp, findOrCreateUser } from '../../users/user.js';
import type { Statement } from '../../db/database.js';
import { maskPhone, type Phone } from '../../phone/phone.js';
import type { FailureReason, LoginAttemptStatus } from '../attempts/attempt.js';
import type { LoginDeps } from '../deps.js';
import { AHEAD_BY_SECONDS, GRACE_SECONDS, OLDER_BY_SECONDS } from './clock.js';

/**
 * Everything a login message does, at once or not at all: the event is written down as seen, the attempt locked if it
 * is open and the message belongs to its life, the person found or made, the attempt completed. A message delivered
 * again finds its event; of two messages for one attempt the first wins; if the database fails nothing has happened,
 * and the provider's repeat does it.
 */
const complete = (name: string, signUp: SignUp): Statement => ({
  name,
  text: `
    WITH event AS (
      INSERT INTO webhook_events (instance, type_webhook, id_message)
      VALUES ($1, 'incomingMessageReceived', $2) ON CONFLICT DO NOTHING RETURNING id_message
    ),
    open AS (
      SELECT id, $4::text AS phone, locale FROM login_attempts
      WHERE id = $3 AND method = 'WHATSAPP' AND status = 'PENDING' AND expires_at > now()
        AND $5::timestamptz BETWEEN created_at - interval '${OLDER_BY_SECONDS} seconds' AND now() + interval '${AHEAD_BY_SECONDS} seconds'
        AND EXISTS (SELECT 1 FROM event)
      FOR UPDATE
    ),
    person AS (${findOrCreateUser('open', { id: '$6', role: '$8' }, signUp)}),
    changed AS (
      UPDATE login_attempts a SET
        status = CASE WHEN person.id IS NULL OR person.blocked THEN 'FAILED'
                      WHEN $7 = 'always' OR ($7 = 'privileged' AND person.role <> $8) THEN 'CONFIRMING'
                      ELSE 'COMPLETED' END::login_attempt_status,
        failure_reason = CASE WHEN person.id IS NULL THEN 'USER_NOT_FOUND' WHEN person.blocked THEN 'USER_BLOCKED' END::failure_reason,
        phone = open.phone, user_id = person.id, completed_at = now(), version = a.version + 1,
        expires_at = greatest(a.expires_at, now() + interval '${GRACE_SECONDS} seconds')
      FROM open LEFT JOIN person ON true
      WHERE a.id = open.id
      RETURNING a.status, a.failure_reason, a.user_id, a.client_ip, a.user_agent, a.location, a.locale
    )
    SELECT EXISTS (SELECT 1 FROM event) AS fresh, known.status AS was, known.expires_at > now() AS in_time,
           changed.status, changed.failure_reason, changed.user_id, changed.client_ip, changed.user_agent, changed.location, changed.locale
    FROM (SELECT 1) always
    LEFT JOIN login_attempts known ON known.id = $3 AND known.method = 'WHATSAPP'
    LEFT JOIN changed ON true`,
});

const COMPLETE: Record<SignUp, Statement> = {
  open: complete('complete_whatsapp_attempt', 'open'),
  closed: complete('complete_whatsapp_attempt_of_user', 'closed'),
};

interface CompletedRow {
  fresh: boolean;
  was: LoginAttemptStatus | null;
  in_time: boolean | null;
  status: LoginAttemptStatus | null;
  failure_reason: FailureReason | null;
  user_id: string | null;
  client_ip: string | null;
  user_agent: string | null;
  location: string | null;
  locale: string;
}

export type Completion =
  | {
      outcome: 'changed';
      status: LoginAttemptStatus;
      userId: string | null;
      clientIp: string | null;
      userAgent: string | null;
      location: string | null;
      locale: string;
    }
  | { outcome: 'ignored'; reason: 'duplicate' | 'no_such_attempt' | 'attempt_closed' | 'message_out_of_time' };

export async function completeWhatsAppLogin(
  { attemptId, phone, message }: { attemptId: string; phone: Phone; message: IncomingText },
  { config, database, bus, audit }: LoginDeps,
): Promise<Completion> {
  const countryIsAllowed =
    !config.allowedCountries || (phone.country !== undefined && config.allowedCountries.includes(phone.country));
  const [row] = await database.query<CompletedRow>(
    COMPLETE[config.signUp === 'open' && countryIsAllowed ? 'open' : 'closed'],
    [
      message.instance,
      message.idMessage,
      attemptId,
      phone.e164,
      message.sentAt,
      uuidv7(),
      config.whatsapp.confirmation,
      config.roles[0],
    ],
  );
  if (!row?.fresh) return { outcome: 'ignored', reason: 'duplicate' };
  if (!row.status) {
    if (!row.was) return { outcome: 'ignored', reason: 'no_such_attempt' };
    return {
      outcome: 'ignored',
      reason: row.was === 'PENDING' && row.in_time ? 'message_out_of_time' : 'attempt_closed',
    };
  }
  bus.publish(attemptId);
  const event =
    row.status === 'FAILED'
      ? 'login.failed'
      : row.status === 'CONFIRMING'
        ? 'whatsapp.confirming'
        : 'whatsapp.completed';
  audit.info({
    event,
    attemptId,
    phone: maskPhone(phone.e164),
    userId: row.user_id,
    reason: row.failure_reason ?? undefined,
  });
  return {
    outcome: 'changed',
    status: row.status,
    userId: row.user_id,
    clientIp: row.client_ip,
    userAgent: row.user_agent,
    location: row.location,
    locale: row.locale,
  };
}
