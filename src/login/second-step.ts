import { DomainError } from '../domain-error.js';

/**
 * After this time without a sign-in, the phone may belong to another person (R29). For a user who has never signed in, it
 * starts when they got the role: then an admin or an operator knew whose phone it was.
 */
const DORMANT_DAYS = 90;
/** For this time after a user got their role, a sign-in on a new device needs no second step: nobody could know the device. */
const NEW_ROLE_HOURS = 1;
/** How long a sign-in waits for its second step. */
export const SECOND_STEP_MINUTES = 10;

/** SQL: whether the user `u` has a role above the first, which is `:role`. */
const isPrivileged = (u: string) => `${u}.role <> :role`;
export const isDormant = (u: string) =>
  `(coalesce(${u}.last_login_at, ${u}.role_changed_at, ${u}.created_at) < now() - interval '${DORMANT_DAYS} days')`;
const hasNewRole = (u: string) => `coalesce(${u}.role_changed_at > now() - interval '${NEW_ROLE_HOURS} hour', false)`;

/**
 * SQL: whether the right code alone does not sign this user in. `known` is an expression: whether the device is known.
 * See docs/decisions/0038.
 */
export const needsSecondStep = (u: string, known: string) =>
  `(${isPrivileged(u)} AND (${isDormant(u)} OR NOT ${known} AND NOT ${hasNewRole(u)}))`;

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
