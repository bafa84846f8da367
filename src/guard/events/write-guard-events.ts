import { v7 as uuidv7 } from 'uuid';
import type { Keyring } from '../../config/keys.js';
import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { jsonbOf } from '../../db/types.js';
import { maskPhone } from '../../phone/mask-phone.js';
import type { QueuedEvent } from './guard-event-queue.js';
import { hashPhone } from './phone-hash.js';

/** A row as the statement takes it. */
interface Row extends Omit<QueuedEvent, 'phone' | 'attemptId'> {
  id: string;
  masked_phone: string | undefined;
  /** Hexadecimal. */
  phone_hash: string | undefined;
  attempt_id: string | undefined;
}

/** One statement for all events of a second. */
const WRITE_GUARD_EVENTS = statement({
  name: 'guard/write_guard_events',
  sql: `
    INSERT INTO guard_events (id, at, rule, action, masked_phone, phone_hash, network, country, channel, attempt_id, until, count)
    SELECT id, at, rule, action, masked_phone, decode(phone_hash, 'hex'), network, country, channel, attempt_id, until, count
    FROM jsonb_to_recordset(:events::jsonb) AS e (
      id uuid, at timestamptz, rule text, action text, masked_phone text, phone_hash text, network text, country text, channel text,
      attempt_id uuid, until timestamptz, count int4
    )`,
  parameters: { events: jsonbOf<readonly Row[]>() },
  columns: {},
});

export async function writeGuardEvents(
  rows: readonly QueuedEvent[],
  { database, keyring }: { database: Database; keyring: Keyring },
): Promise<void> {
  const events = rows.map(({ phone, attemptId, ...row }) => ({
    ...row,
    id: uuidv7(),
    masked_phone: phone && maskPhone(phone),
    phone_hash: phone && hashPhone(phone, keyring.current).toString('hex'),
    attempt_id: attemptId,
  }));
  await database.query(WRITE_GUARD_EVENTS, { events });
}
