import { v7 as uuidv7 } from 'uuid';
import type { IncomingText } from '../../delivery/channels/green-api/incoming-text.js';
import type { Config } from '../../config/config.js';
import { loginAttemptStatus } from '../../db/enums.js';
import { fromOuterJoin, hasColumns } from '../../db/outer-join.js';
import { statement } from '../../db/statement.js';
import { bool, nullable, text, textOf, timestamptz, uuid } from '../../db/types.js';
import { isAllowedPhone } from '../../phone/is-allowed-phone.js';
import { maskPhone } from '../../phone/mask-phone.js';
import type { Phone } from '../../phone/parse-phone.js';
import { NEW_USER_PARAMETERS, type SignUp, findOrCreateUser } from '../../users/user.js';
import type { LoginAttemptStatus } from '../attempts/attempt.js';
import { STATE_COLUMNS, STATE_COLUMNS_OF_A, publishAttempt } from '../attempts/attempt-state.js';
import type { LoginDeps } from '../create-login.js';
import { SECOND_STEP_EXPIRES, needsApproval } from '../second-step.js';
import { AHEAD_BY_SECONDS, GRACE_SECONDS, OLDER_BY_SECONDS } from './clock.js';
import { CONFIRMING_PARAMETERS, confirmingColumns, createConfirmationSalts } from './confirmation-number.js';
import { EVENT_PARAMETERS, insertEvent } from './record-event.js';

const CHANGED_COLUMNS = {
  ...STATE_COLUMNS,
  user_id: nullable(uuid),
  client_ip: nullable(text),
  user_agent: nullable(text),
  location: nullable(text),
  locale: text,
};

/** SQL: whether the sign-in of `found_user` waits for its second step. */
const WAITS = `(${needsApproval('found_user', 'false')} OR :confirmation = 'always' OR (:confirmation = 'privileged' AND found_user.role <> :role))`;

/**
 * Does all steps of a login message, or none: records the event, locks the attempt if it is open and the message is
 * within its lifetime, finds or creates the user, and completes the attempt. A repeated message finds its event. Of
 * racing messages for one attempt, the first locks it and the others find it closed. The device is not known here, so a
 * privileged user who has not signed in for 90 days needs an approval on every device (R29). If the database fails, nothing has
 * happened, and the repeated message does all steps.
 */
const complete = (name: string, signUp: SignUp) =>
  statement({
    name,
    short: true,
    sql: `
    WITH event AS (${insertEvent()}),
    pending AS (
      SELECT id, :phone::text AS phone, locale FROM login_attempts
      WHERE id = :attemptId AND method = 'WHATSAPP' AND status = 'PENDING' AND expires_at > now()
        AND :sentAt::timestamptz BETWEEN created_at - interval '${OLDER_BY_SECONDS} seconds' AND now() + interval '${AHEAD_BY_SECONDS} seconds'
        AND EXISTS (SELECT 1 FROM event)
      FOR UPDATE
    ),
    found_user AS (${findOrCreateUser('pending', signUp, 'false')}),
    changed AS (
      UPDATE login_attempts a SET
        status = CASE WHEN found_user.id IS NULL OR found_user.blocked THEN 'FAILED' WHEN ${WAITS} THEN 'CONFIRMING'
                      ELSE 'COMPLETED' END::login_attempt_status,
        failure_reason = CASE WHEN found_user.id IS NULL THEN 'USER_NOT_FOUND' WHEN found_user.blocked THEN 'USER_BLOCKED' END::failure_reason,
        phone = pending.phone, user_id = found_user.id, completed_at = now(), version = a.version + 1,
        needs_approval = coalesce(${needsApproval('found_user', 'false')}, false),${confirmingColumns(`NOT coalesce(found_user.blocked, true) AND ${WAITS}`)},
        expires_at = CASE WHEN ${needsApproval('found_user', 'false')} THEN ${SECOND_STEP_EXPIRES}
                          ELSE greatest(a.expires_at, now() + interval '${GRACE_SECONDS} seconds') END
      FROM pending LEFT JOIN found_user ON true
      WHERE a.id = pending.id
      RETURNING ${STATE_COLUMNS_OF_A}, a.user_id, a.client_ip, a.user_agent, a.location, a.locale
    )
    SELECT EXISTS (SELECT 1 FROM event) AS is_new, before.status AS status_before, before.expires_at > now() AS in_time,
           changed.*
    FROM (SELECT 1) AS one_row
    LEFT JOIN login_attempts before ON before.id = :attemptId AND before.method = 'WHATSAPP'
    LEFT JOIN changed ON true`,
    parameters: {
      ...EVENT_PARAMETERS,
      attemptId: uuid,
      phone: text,
      sentAt: timestamptz,
      confirmation: textOf<Config['whatsapp']['confirmation']>(),
      ...NEW_USER_PARAMETERS,
      ...CONFIRMING_PARAMETERS,
    },
    columns: {
      is_new: bool,
      ...fromOuterJoin({ status_before: loginAttemptStatus, in_time: bool }),
      ...fromOuterJoin(CHANGED_COLUMNS),
    },
  });

const COMPLETE = {
  open: complete('login/complete_whatsapp_attempt', 'open'),
  closed: complete('login/complete_whatsapp_attempt_sign_up_closed', 'closed'),
};

export type Completion =
  | {
      outcome: 'changed';
      status: LoginAttemptStatus;
      /** Only an admin can confirm the sign-in. */
      needsApproval: boolean;
      userId: string | null;
      clientIp: string | null;
      userAgent: string | null;
      location: string | null;
      locale: string;
    }
  | { outcome: 'ignored'; reason: 'duplicate' | 'no_such_attempt' | 'attempt_closed' | 'message_out_of_time' };

/** Completes the attempt of a login message, makes it wait for a confirmation, or fails it. */
export async function completeWhatsAppLogin(
  { attemptId, phone, message }: { attemptId: string; phone: Phone; message: IncomingText },
  {
    config,
    keyring,
    database,
    bus,
    audit,
    usedCodes,
  }: Pick<LoginDeps, 'config' | 'keyring' | 'database' | 'bus' | 'audit' | 'usedCodes'>,
): Promise<Completion> {
  const signUp = config.signUp === 'open' && isAllowedPhone(phone, config) ? 'open' : 'closed';
  const [row] = await database.query(COMPLETE[signUp], {
    instance: message.instance,
    idMessage: message.idMessage,
    attemptId,
    phone: phone.e164,
    sentAt: message.sentAt,
    confirmation: config.whatsapp.confirmation,
    newUserId: uuidv7(),
    role: config.roles[0],
    ...createConfirmationSalts({ attemptId, phone: phone.e164 }, keyring),
  });
  if (!row?.is_new) return { outcome: 'ignored', reason: 'duplicate' };
  if (!hasColumns(row, CHANGED_COLUMNS)) {
    if (!row.status_before) return { outcome: 'ignored', reason: 'no_such_attempt' };
    const isOpen = row.status_before === 'PENDING' && row.in_time;
    return { outcome: 'ignored', reason: isOpen ? 'message_out_of_time' : 'attempt_closed' };
  }
  await publishAttempt(row, { keyring, config, bus });
  const { status } = row;
  if (status !== 'FAILED') usedCodes.add({ attemptId });
  const event =
    status === 'FAILED' ? 'login.failed' : status === 'CONFIRMING' ? 'whatsapp.confirming' : 'whatsapp.completed';
  audit.info({
    event,
    attemptId,
    phone: maskPhone(phone.e164),
    ...(row.client_ip === null ? {} : { ip: row.client_ip }),
    userId: row.user_id,
    reason: row.failure_reason ?? undefined,
  });
  return {
    outcome: 'changed',
    status: row.status,
    needsApproval: row.needs_approval,
    userId: row.user_id,
    clientIp: row.client_ip,
    userAgent: row.user_agent,
    location: row.location,
    locale: row.locale,
  };
}
