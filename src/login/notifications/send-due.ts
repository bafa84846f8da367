import { statement } from '../../db/statement.js';
import { jsonbOf, nullable, text, textOf, timestamptz, uuid } from '../../db/types.js';
import type { RowOf } from '../../db/statement.js';
import type { Notification } from '../../delivery/send/send-notification.js';
import { localeOfCountry } from '../../locales/locale.js';
import { countryOf } from '../../phone/phone-country.js';
import { type PeriodicTask, runPeriodically } from '../../run-periodically.js';
import { describeDevice } from '../../sessions/device.js';
import type { LoginDeps } from '../create-login.js';
import { SECOND_STEP_MINUTES } from '../second-step.js';
import { QUESTION, sendQuestion } from './question.js';
import { LEASE_SECONDS, MARK_SENT } from './queue.js';

/** The longest delay of a message. */
const INTERVAL_MS = 1_000;
const BATCH_SIZE = 20;
/** How often a message is tried if each process dies while it sends. */
const SEND_TRIES = 5;

/** The values of a row, by its purpose. */
interface StoredValues {
  phone?: string;
  userAgent?: string | null;
  location?: string | null;
}

/**
 * Takes messages that are due, but no question about an attempt that no longer waits. Only one instance takes a message:
 * the others skip the locked row.
 */
const TAKE_DUE = statement({
  name: 'login/take_due_notifications',
  sql: `
    WITH due AS (
      SELECT id FROM notifications WHERE send_at <= now() AND tries < ${SEND_TRIES}
        AND (purpose <> '${QUESTION}' OR created_at > now() - interval '${SECOND_STEP_MINUTES} minutes')
      ORDER BY send_at LIMIT ${BATCH_SIZE} FOR UPDATE SKIP LOCKED
    )
    UPDATE notifications n SET send_at = now() + interval '${LEASE_SECONDS} seconds', tries = n.tries + 1
    FROM due WHERE n.id = due.id
    RETURNING n.id, n.purpose, n.user_id, n.phone, n.locale, n."values", n.created_at`,
  parameters: {},
  columns: {
    id: uuid,
    purpose: textOf<Notification['purpose'] | typeof QUESTION>(),
    user_id: uuid,
    phone: text,
    locale: nullable(text),
    values: jsonbOf<StoredValues>(),
    created_at: timestamptz,
  },
});

type SendDeps = Pick<
  LoginDeps,
  'config' | 'database' | 'sendNotification' | 'whatsAppAccount' | 'outbox' | 'guardEvents' | 'log'
>;
type Row = RowOf<typeof TAKE_DUE>;

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

async function sendDue(deps: SendDeps): Promise<void> {
  for (;;) {
    const due = await deps.database.query(TAKE_DUE, {});
    await Promise.all(due.map((row) => send(row, deps)));
    if (due.length < BATCH_SIZE) return;
  }
}

async function send(row: Row, deps: SendDeps): Promise<void> {
  const { id, purpose, phone, locale, values } = row;
  if (purpose !== QUESTION) {
    await deps.sendNotification(toNotification({ ...row, purpose }));
    return void (await deps.database.query(MARK_SENT, { id }));
  }
  const { userAgent = null, location = null } = values;
  await sendQuestion({ id, phone, locale: locale ?? 'en', userAgent, location }, deps);
}

function toNotification(row: Row & Pick<Notification, 'purpose'>): Notification {
  const { purpose, user_id: userId, phone, locale, values } = row;
  const country = countryOf(phone);
  const recipient = { userId, purpose, phone, country, locale: locale ?? localeOfCountry(country) };
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
