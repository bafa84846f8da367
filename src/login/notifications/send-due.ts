import { statement } from '../../db/statement.js';
import { jsonbOf, nullable, text, textOf, timestamptz, uuid } from '../../db/types.js';
import type { RowOf } from '../../db/statement.js';
import type { Notification } from '../../delivery/send/send-notification.js';
import { localeOfCountry } from '../../locales/locale.js';
import { countryOf } from '../../phone/phone-country.js';
import { type PeriodicTask, runPeriodically } from '../../run-periodically.js';
import { describeDevice } from '../../sessions/device.js';
import type { LoginDeps } from '../create-login.js';

/** The longest delay of a message. */
const INTERVAL_MS = 1_000;
const BATCH_SIZE = 20;
/** Longer than all channels of a route may take. A process that has not sent a message by then has died. */
const LEASE_SECONDS = 120;
/** How often a message is tried if each process dies while it sends. */
const SEND_TRIES = 5;

/** The values of a row, by its purpose. */
interface StoredValues {
  phone?: string;
  userAgent?: string | null;
  location?: string | null;
}

/** Takes messages that are due. Only one instance takes a message: the others skip the locked row. */
const TAKE_DUE = statement({
  name: 'login/take_due_notifications',
  sql: `
    WITH due AS (
      SELECT id FROM notifications WHERE send_at <= now() AND tries < ${SEND_TRIES}
      ORDER BY send_at LIMIT ${BATCH_SIZE} FOR UPDATE SKIP LOCKED
    )
    UPDATE notifications n SET send_at = now() + interval '${LEASE_SECONDS} seconds', tries = n.tries + 1
    FROM due WHERE n.id = due.id
    RETURNING n.id, n.purpose, n.phone, n.locale, n."values", n.created_at`,
  parameters: {},
  columns: {
    id: uuid,
    purpose: textOf<Notification['purpose']>(),
    phone: text,
    locale: nullable(text),
    values: jsonbOf<StoredValues>(),
    created_at: timestamptz,
  },
});

const MARK_SENT = statement({
  name: 'login/mark_notification_sent',
  sql: `UPDATE notifications SET send_at = NULL WHERE id = :id`,
  parameters: { id: uuid },
  columns: {},
});

type SendDeps = Pick<LoginDeps, 'database' | 'sendNotification' | 'log'>;

/**
 * Sends the messages that other statements have written, each once (docs/decisions/0039). If the process dies while it sends one, the message
 * is sent again after two minutes, by another instance or after the restart.
 */
export function startNotifications(deps: SendDeps): PeriodicTask {
  return runPeriodically(
    INTERVAL_MS,
    () => sendDue(deps),
    (error) => deps.log.warn({ event: 'notification.round_failed', error }),
  );
}

async function sendDue({ database, sendNotification }: SendDeps): Promise<void> {
  for (;;) {
    const due = await database.query(TAKE_DUE, {});
    await Promise.all(
      due.map(async (row) => {
        await sendNotification(toNotification(row));
        await database.query(MARK_SENT, { id: row.id });
      }),
    );
    if (due.length < BATCH_SIZE) return;
  }
}

function toNotification(row: RowOf<typeof TAKE_DUE>): Notification {
  const { purpose, phone, locale, values } = row;
  const country = countryOf(phone);
  const recipient = { purpose, phone, country, locale: locale ?? localeOfCountry(country) };
  if (purpose === 'PHONE_CHANGED') return { ...recipient, values: { phone: values.phone ?? '' } };
  return {
    ...recipient,
    values: {
      device: describeDevice(values.userAgent ?? null),
      location: values.location ?? '?',
      time: `${row.created_at.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    },
  };
}
