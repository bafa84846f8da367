import type { AccountExport } from '../account/export-me.js';
import { NOTIFICATION_KEPT_HOURS } from '../login/notifications/queue.js';
import { KNOWN_DEVICE_DAYS } from '../sessions/known-devices.js';
import { FAILURES_KEPT_DAYS, GUESSES_KEPT_DAYS, PEAK_DAYS, WITHOUT_PROOF_KEPT_HOURS } from '../guard/limits.js';

/** What the gateway keeps about people in one table. */
export interface Retention {
  /** The columns that name a person or a device, or lead to one. */
  personal: readonly string[];
  /** How long a row is kept. */
  kept: string;
  /** What the erasure of a user does with the rows that name this user. */
  onErasure: string;
  /** The lists of `exportMe` that have the rows which name the user, or why none has them. */
  exported: readonly (keyof AccountExport)[] | { not: string };
}

const HISTORY = '`HISTORY_RETENTION_DAYS`';

/**
 * Every table that names a person, for docs/reference/retention.md. A test compares it with the schema, and tries each
 * period.
 */
export const RETENTION: Record<string, Retention> = {
  users: {
    personal: [
      'id',
      'phone',
      'phone_changed_at',
      'phone_set_at',
      'released_phone',
      'name',
      'locale',
      'whatsapp_lid',
      'whatsapp_lid_checked_at',
      'last_login_at',
    ],
    kept: 'until the user is erased',
    onErasure: 'deleted; of a blocked user the phone and the block stay, under a new id',
    exported: ['user'],
  },
  sessions: {
    personal: ['user_id', 'client_ip', 'user_agent', 'location', 'device_id'],
    kept: `until the session has ended and ${HISTORY} have passed since the sign-in; a revoked session for a day longer if necessary`,
    onErasure: 'ended, without the columns; deleted after a day',
    exported: ['sessions'],
  },
  authorization_codes: {
    personal: ['session_id', 'opened_session_id'],
    kept: '1 day',
    onErasure: 'deleted',
    exported: ['applicationSignIns'],
  },
  login_attempts: {
    personal: [
      'phone',
      'client_ip',
      'client_network',
      'user_agent',
      'location',
      'user_id',
      'session_id',
      'device_hash',
      'charged',
    ],
    kept: `${HISTORY}, if the attempt is over; a WhatsApp login that ended without a login message ${WITHOUT_PROOF_KEPT_HOURS} hours`,
    onErasure: 'the columns are emptied; open attempts are canceled',
    exported: ['signIns', 'phoneChanges'],
  },
  sms_log: {
    personal: ['attempt_id', 'user_id', 'provider_id', 'masked_phone'],
    kept: HISTORY,
    onErasure: '`masked_phone`, `provider_id` and `user_id` are emptied',
    exported: ['messages'],
  },
  known_devices: {
    personal: ['user_id', 'session_id', 'device_id', 'user_agent'],
    kept: `${KNOWN_DEVICE_DAYS} days after the last sign-in on the device`,
    onErasure: 'deleted',
    exported: ['devices'],
  },
  notifications: {
    personal: ['user_id', 'phone', 'locale', 'values', 'session_id', 'device_hash'],
    kept: `${NOTIFICATION_KEPT_HOURS} hours`,
    onErasure: 'deleted',
    exported: ['notifications'],
  },
  phone_failures: {
    personal: ['phone'],
    kept: '1 day',
    onErasure: 'deleted',
    exported: ['wrongCodes'],
  },
  budgets: {
    personal: ['subject'],
    kept: `1 day after the first message that it counts; that of a network, a range of numbers, a country or a channel ${PEAK_DAYS + 1} days, if something was used`,
    onErasure:
      'those of the phone and of its known devices are deleted; the budget of a network stays, because others share it, and the hash of a WhatsApp chat stays for its day',
    exported: ['sentMessages'],
  },
  guess_failures: {
    personal: ['subject'],
    kept: `${GUESSES_KEPT_DAYS} days after the first wrong code of the last day; of a phone and of a known device ${FAILURES_KEPT_DAYS + 1} days`,
    onErasure: 'deleted; the counts of a network stay, because others share it',
    exported: ['wrongCodes'],
  },
  send_budgets: {
    personal: ['subject'],
    kept: '1 day after the first code that it counts',
    onErasure: 'deleted; the budget of a network stays, because others share it',
    exported: ['sentMessages'],
  },
  captcha_solutions: {
    personal: ['phone_hash', 'network_hash'],
    kept: '1 hour',
    onErasure: '`phone_hash` is emptied; `network_hash`, a keyed hash, stays',
    exported: ['captchas'],
  },
  webhook_events: {
    personal: ['id_message'],
    kept: '48 hours',
    onErasure: 'stays: the id of a message leads to nobody here',
    exported: { not: 'the id of a message leads to nobody here' },
  },
  guard_events: {
    personal: ['masked_phone', 'phone_hash', 'network', 'attempt_id'],
    kept: '`GUARD_EVENT_RETENTION_DAYS` after the end of its week',
    onErasure: 'deleted, except events that name no phone',
    exported: ['guardEvents'],
  },
  audit_log: {
    personal: ['actor', 'user_id', 'attempt_id', 'session_id', 'phone', 'ip', 'details'],
    kept: '`AUDIT_RETENTION_DAYS` after the end of its month',
    onErasure: 'stays: the id, the masked phone and the IP address of the user, until the row is old',
    exported: ['auditLog'],
  },
};
