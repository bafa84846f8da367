import { DomainError } from '../domain-error.js';
import { recentlyChangedPhone } from '../users/role-and-phone.js';

/**
 * After this time without a sign-in, the phone may belong to another person (R29). For a user who has never signed in, it
 * starts when they got the role: then an admin or an operator knew whose phone it was.
 */
const DORMANT_DAYS = 90;
/**
 * For this time after a user got their role, a sign-in on a new device needs no second step: nobody could know the device.
 * A sign-in that was started before needs it: its message was sent when the phone had a role with fewer rights.
 * A phone that was changed in the last 30 days is no such proof: whoever changed it may have the user's session, not the phone.
 */
export const NEW_ROLE_HOURS = 1;
/** How long a sign-in waits for its second step. */
export const SECOND_STEP_MINUTES = 10;

/** SQL: whether the user `u` has a role above the first, which is `:role`. */
const isPrivileged = (u: string) => `${u}.role <> :role`;
export const isDormant = (u: string) =>
  `(coalesce(${u}.last_login_at, ${u}.role_changed_at, ${u}.created_at) < now() - interval '${DORMANT_DAYS} days')`;
const hasNewRole = (u: string, startedAt: string) =>
  `(coalesce(${u}.role_changed_at BETWEEN now() - interval '${NEW_ROLE_HOURS} hour' AND ${startedAt}, false) AND NOT ${recentlyChangedPhone(u)})`;

/**
 * SQL: whether the right code alone does not sign this user in. `known` and `startedAt` are expressions: whether the
 * device is known, and the time at which the attempt was started. See docs/decisions/0038.
 */
export const needsSecondStep = (u: string, known: string, startedAt: string) =>
  `(${isPrivileged(u)} AND (${isDormant(u)} OR NOT ${known} AND NOT ${hasNewRole(u, startedAt)}))`;

/**
 * SQL: whether the user `u` got another role since an attempt was proven. `provenAt` is an expression. A user that the
 * attempt itself has created has had the role from the start.
 */
export const hasOtherRoleSince = (u: string, provenAt: string) =>
  `coalesce(${u}.role_changed_at >= ${provenAt} AND ${u}.role_changed_at > ${u}.created_at, false)`;

/**
 * SQL: whether only an admin or an operator can confirm the sign-in. The new owner of a recycled number receives its SMS
 * and its WhatsApp messages alike, so neither of them proves the user.
 */
export const needsApproval = (u: string, known: string) => `(${isPrivileged(u)} AND ${isDormant(u)} AND NOT ${known})`;

/** SQL: when an attempt `a` expires that waits for its second step. */
export const SECOND_STEP_EXPIRES = `greatest(a.expires_at, now() + interval '${SECOND_STEP_MINUTES} minutes')`;

/** The code is right, and the user must confirm the sign-in in another way. */
export class ConfirmationRequired extends DomainError {
  /** Two digits to send back by WhatsApp; null when only an admin can approve the sign-in. */
  readonly confirmationNumber: string | null;
  readonly expiresAt: Date;

  constructor({ confirmationNumber, expiresAt }: Pick<ConfirmationRequired, 'confirmationNumber' | 'expiresAt'>) {
    super('CONFIRMATION_REQUIRED');
    this.confirmationNumber = confirmationNumber;
    this.expiresAt = expiresAt;
  }
}
