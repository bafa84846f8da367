import { ADMIN_ROLE } from '../config/names.js';
import { statement } from '../db/statement.js';
import { array, bool, bytea, int4, text, uuid } from '../db/types.js';
import { auditedBy } from '../events/audited-by.js';
import { isSubjectOf } from '../guard/guesses/guess-subjects.js';

/** SQL: the attempts that name a user: those of the user, and those with the user's phone. */
const attemptsNaming = (userId: string, phone: string) => `
  SELECT id FROM login_attempts WHERE user_id = ${userId}
  UNION SELECT id FROM login_attempts WHERE phone = ${phone}`;

const PHONE_OF_USER = '(SELECT phone FROM users WHERE id = :userId)';

/** A sign-in locks its attempt first. It waits here, and then finds the attempt canceled. */
export const LOCK_OPEN_ATTEMPTS = statement({
  name: 'account/lock_open_attempts',
  sql: `
    SELECT id FROM login_attempts
    WHERE id IN (${attemptsNaming(':userId', PHONE_OF_USER)}) AND status IN ('PENDING', 'CONFIRMING', 'COMPLETED')
    ORDER BY id FOR UPDATE`,
  parameters: { userId: uuid },
  columns: { id: uuid },
});

export const DELETE_COUNTERS = statement({
  name: 'account/delete_counters',
  sql: `
    WITH failures AS (DELETE FROM guess_failures WHERE ${isSubjectOf(PHONE_OF_USER)}),
    failures_of_older_version AS (DELETE FROM phone_failures WHERE phone = ${PHONE_OF_USER}),
    sends_of_older_version AS (DELETE FROM send_budgets WHERE subject = ${PHONE_OF_USER})
    DELETE FROM budgets WHERE ${isSubjectOf(PHONE_OF_USER)}`,
  parameters: { userId: uuid },
  columns: {},
});

export const DELETE_GUARD_EVENTS = statement({
  name: 'account/delete_guard_events',
  sql: 'DELETE FROM guard_events WHERE phone_hash = ANY(:phoneHashes::bytea[])',
  parameters: { phoneHashes: array(bytea) },
  columns: {},
});

/** The rows stay, because they make each solution usable once. */
export const CLEAR_CAPTCHAS = statement({
  name: 'account/clear_captchas',
  sql: 'UPDATE captcha_solutions SET phone_hash = NULL WHERE phone_hash = ANY(:phoneHashes::bytea[])',
  parameters: { phoneHashes: array(bytea) },
  columns: {},
});

/** Locks all admins when the user is one: of two admins who delete themselves at once, one finds to be the last. */
export const LOCK_ADMINS = statement({
  name: 'account/lock_admins',
  sql: `
    SELECT id FROM users
    WHERE role = '${ADMIN_ROLE}' AND NOT blocked AND EXISTS (SELECT 1 FROM users WHERE id = :userId AND role = '${ADMIN_ROLE}')
    ORDER BY id FOR UPDATE`,
  parameters: { userId: uuid },
  columns: { id: uuid },
});

/** From here on no session of the user can be opened: that would need a lock on this row. */
export const LOCK_USER = statement({
  name: 'account/lock_user',
  sql: 'SELECT phone, role, blocked, released_phone IS NOT NULL AS is_released FROM users WHERE id = :userId FOR UPDATE',
  parameters: { userId: uuid },
  columns: { phone: text, role: text, blocked: bool, is_released: bool },
});

/**
 * Cancels open attempts. Rows stay for statistics, without what names the user. The attempt of another user who wants
 * the phone keeps what names that user.
 */
export const CANCEL_AND_CLEAR_ATTEMPTS = statement({
  name: 'account/cancel_and_clear_attempts',
  sql: `
    WITH named AS (
      SELECT id, status IN ('PENDING', 'CONFIRMING', 'COMPLETED') AS open,
             user_id IS NOT NULL AND user_id <> :userId AS of_other_user
      FROM login_attempts WHERE id IN (${attemptsNaming(':userId', ':phone')}) ORDER BY id FOR UPDATE
    ),
    cleared AS (
      UPDATE login_attempts a SET
        phone = NULL,
        user_id = CASE WHEN of_other_user THEN a.user_id END,
        session_id = CASE WHEN of_other_user THEN a.session_id END,
        client_ip = CASE WHEN of_other_user THEN a.client_ip END,
        client_network = CASE WHEN of_other_user THEN a.client_network END,
        charged = '{}',
        user_agent = CASE WHEN of_other_user THEN a.user_agent END,
        location = CASE WHEN of_other_user THEN a.location END,
        device_hash = NULL,
        status = CASE WHEN named.open THEN 'CANCELED' ELSE a.status END,
        version = CASE WHEN named.open THEN a.version + 1 ELSE a.version END
      FROM named WHERE a.id = named.id
    ),
    deliveries AS (
      UPDATE sms_log d SET masked_phone = '', provider_id = NULL, failover_at = NULL, poll_at = NULL
      FROM named WHERE d.attempt_id = named.id
    )
    SELECT id, open AS canceled FROM named`,
  parameters: { userId: uuid, phone: text },
  columns: { id: uuid, canceled: bool },
});

/**
 * Ends the sessions. A session whose access token can still be valid stays without its user for a day, because every
 * instance must read that it has ended.
 */
export const END_AND_CLEAR_SESSIONS = statement({
  name: 'account/end_and_clear_sessions',
  sql: `
    WITH named AS (
      SELECT id, revoked_at IS NULL AND least(idle_expires_at, expires_at) > now() AS open,
             coalesce(revoked_at > now() - interval '1 day', least(idle_expires_at, expires_at) > now()) AS kept
      FROM sessions WHERE user_id = :userId ORDER BY id FOR UPDATE
    ),
    codes AS (
      DELETE FROM authorization_codes c USING named WHERE c.session_id = named.id OR c.opened_session_id = named.id
    ),
    cleared AS (
      UPDATE sessions s SET user_id = NULL, client_ip = NULL, user_agent = NULL, location = NULL, device_id = NULL,
        revoked_at = coalesce(s.revoked_at, clock_timestamp()), revoked_reason = coalesce(s.revoked_reason, 'user_erased')
      FROM named WHERE s.id = named.id AND named.kept
    ),
    deleted AS (DELETE FROM sessions s USING named WHERE s.id = named.id AND NOT named.kept)
    SELECT (count(*) FILTER (WHERE open))::int AS ended FROM named`,
  parameters: { userId: uuid },
  columns: { ended: int4 },
});

/** Notifications that were sent have no attempt. */
export const CLEAR_DELIVERIES_TO_USER = statement({
  name: 'account/clear_deliveries_to_user',
  sql: `UPDATE sms_log SET user_id = NULL, masked_phone = '', provider_id = NULL, poll_at = NULL WHERE user_id = :userId`,
  parameters: { userId: uuid },
  columns: {},
});

/** A row of a blocked user stays under a new ID, so no foreign key deletes these. */
export const DELETE_DEVICES_AND_NOTIFICATIONS = statement({
  name: 'account/delete_devices_and_notifications',
  sql: `
    WITH devices AS (DELETE FROM known_devices WHERE user_id = :userId)
    DELETE FROM notifications WHERE user_id = :userId`,
  parameters: { userId: uuid },
  columns: {},
});

const ENTRY = { userId: uuid, entryId: uuid, actor: text, sessionsEnded: int4 };
const audited = (from: string, { blockKept }: { blockKept: boolean }) =>
  auditedBy(from, {
    id: ':entryId::uuid',
    event: 'user.erased',
    actor: ':actor',
    userId: ':userId::uuid',
    details: `jsonb_build_object('sessions', :sessionsEnded::int, 'blockKept', ${blockKept})`,
  });

export const DELETE_USER = statement({
  name: 'account/delete_user',
  sql: `
    WITH deleted AS (DELETE FROM users WHERE id = :userId RETURNING id)
    ${audited('deleted', { blockKept: false })}`,
  parameters: ENTRY,
  columns: {},
});

/**
 * The phone of a blocked user stays, or the erasure would lift the block. Under a new ID, so that nothing else leads to
 * it. Not for a user whose phone was given to somebody else: their block is on no phone any more.
 */
export const CLEAR_USER_KEEP_BLOCK = statement({
  name: 'account/clear_user_keep_block',
  sql: `
    WITH cleared AS (
      UPDATE users SET id = :newId, name = NULL, role = :role, locale = NULL, whatsapp_lid = NULL, whatsapp_lid_checked_at = NULL,
        last_login_at = NULL, phone_changed_at = NULL, phone_set_at = NULL, created_at = now(), updated_at = now()
      WHERE id = :userId RETURNING id
    )
    ${audited('cleared', { blockKept: true })}`,
  parameters: { ...ENTRY, newId: uuid, role: text },
  columns: {},
});
