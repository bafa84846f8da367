import { setImmediate } from 'node:timers/promises';
import type { Config } from '../../config/config.js';
import type { Keyring } from '../../config/keys.js';
import { hasWhatsAppConfirmation } from '../../config/sign-in-methods.js';
import { failureReason, loginAttemptStatus, loginMethod } from '../../db/enums.js';
import { type OutputsOf, bool, bytea, int2, int4, nullable, text, timestamptz, uuid } from '../../db/types.js';
import { CONFIRMATION_MAX_TRIES } from '../../guard/limits.js';
import type { Bus } from '../../realtime/bus.js';
import { deriveConfirmationNumber } from '../whatsapp/confirmation-number.js';
import type { LoginAttempt } from './attempt.js';

/** SQL: the columns of an attempt `a` from which `toAttempt` makes what its client sees. */
export const STATE_COLUMNS_OF_A =
  'a.id, a.method, a.phone, a.expires_at, a.failure_reason, a.key_id, a.code_salt, a.tries, a.needs_approval, a.status, a.version';

export const STATE_COLUMNS = {
  id: uuid,
  method: loginMethod,
  phone: nullable(text),
  expires_at: timestamptz,
  failure_reason: nullable(failureReason),
  key_id: text,
  code_salt: nullable(bytea),
  tries: int2,
  needs_approval: bool,
  status: loginAttemptStatus,
  version: int4,
};
type StateRow = OutputsOf<typeof STATE_COLUMNS>;

export type AttemptDeps = { keyring: Keyring; config: Config };

/** An attempt as its client sees it, without a delivery. */
export function toAttempt(row: StateRow, { keyring, config }: AttemptDeps): LoginAttempt {
  const canConfirm = row.method === 'WHATSAPP' || hasWhatsAppConfirmation(config);
  return {
    id: row.id,
    method: row.method,
    status: row.status,
    version: row.version,
    expiresAt: row.expires_at,
    failureReason: row.failure_reason,
    confirmationNumber:
      row.status === 'CONFIRMING' && row.phone && canConfirm && !row.needs_approval
        ? deriveConfirmationNumber(
            { attemptId: row.id, phone: row.phone, salt: row.code_salt },
            keyring.of(row.key_id).code,
          )
        : null,
    confirmationTriesLeft:
      row.status === 'CONFIRMING' && row.tries > 0 ? Math.max(0, CONFIRMATION_MAX_TRIES - row.tries) : null,
    delivery: null,
  };
}

/**
 * Publishes a change of an attempt that is no longer PENDING, so it shows no delivery. Watchers of this instance get the
 * state, those of other instances its version. Call it when the statement that returned the row is committed.
 *
 * Resolves when the pushes of this instance have been sent, so that the work after it does not delay them.
 */
export async function publishAttempt(row: StateRow, deps: AttemptDeps & { bus: Bus<LoginAttempt> }): Promise<void> {
  deps.bus.publish(row.id, { version: row.version, state: toAttempt(row, deps) });
  await setImmediate(); // a push needs only promises that are already settled, and these run first
}
