/**
 * SQL: the time since when the user `u` has had the phone. It may have been another person's before: what names only the
 * phone counts only since the user exists, or since anybody has changed the phone to this one. `phone_changed_at` is null
 * after a change by an earlier version, of which the attempt is left.
 */
export const phoneSince = (u: string) =>
  `greatest(${u}.created_at, ${u}.phone_changed_at, ${u}.phone_set_at, (
        SELECT max(c.claimed_at) FROM login_attempts c
        WHERE c.user_id = ${u}.id AND c.purpose = 'CHANGE_PHONE' AND c.status = 'CLAIMED' AND c.phone = ${u}.phone
      ))`;
