/**
 * An admin must not take over another admin: take the role, give a phone of their own, and give the role back. So in the
 * admin API this time lies between the two changes, in either order. The operator may do both at once.
 */
export const ROLE_AND_PHONE_DAYS = 30;

const isRecent = (time: string) => `coalesce(${time} > now() - interval '${ROLE_AND_PHONE_DAYS} days', false)`;

/** SQL: whether the user `u`, who has the first role, had another one within these days. A user who was created with it has no such change. */
export const recentlyLostRole = (u: string) =>
  `(${isRecent(`${u}.role_changed_at`)} AND ${u}.role_changed_at > ${u}.created_at)`;

/** SQL: whether an admin or the operator gave the user `u` their phone within these days. */
export const wasRecentlyGivenPhone = (u: string) => isRecent(`${u}.phone_set_at`);

/** SQL: whether the phone of the user `u` was changed within these days, by anybody. */
export const recentlyChangedPhone = (u: string) => isRecent(`greatest(${u}.phone_changed_at, ${u}.phone_set_at)`);
