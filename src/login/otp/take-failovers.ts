import { v7 as uuidv7 } from 'uuid';
import type { ChannelName } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import { deliveryStatus } from '../../db/enums.js';
import { fromOuterJoin, hasColumns } from '../../db/outer-join.js';
import { statement } from '../../db/statement.js';
import {
  type OutputsOf,
  array,
  bool,
  bytea,
  int2,
  int4,
  nullable,
  present,
  text,
  textOf,
  uuid,
} from '../../db/types.js';
import { NEW_DELIVERY, secondsFromNow } from '../../delivery/log/sms-log.js';

/** How many due deliveries one statement takes. */
const BATCH_SIZE = 50;

const FAILOVER_COLUMNS = {
  phone: present(text),
  key_id: text,
  code_salt: nullable(bytea),
  code_length: nullable(int2),
  locale: text,
  client_ip: nullable(text),
  user_agent: nullable(text),
  from_channel: textOf<ChannelName>(),
  /** Status of the delivery that needs a failover. */
  status: deliveryStatus,
  /** Whether the same delivery is sent again, because it is unknown whether its provider accepted it. */
  resumes: bool,
  /** The delivery to send now. */
  delivery_id: uuid,
  /** The channel of that delivery and the channels after it; at least one. */
  route: array(textOf<ChannelName>()),
};

export type Failover = OutputsOf<typeof FAILOVER_COLUMNS> & { attempt_id: string; is_decoy: boolean };

/**
 * Takes deliveries that are overdue or have failed for good, and writes the delivery that follows each. Also takes
 * deliveries whose outcome watching clients may learn now. Only one
 * instance takes a delivery: the others skip the locked row. If the process dies right after, the new delivery becomes
 * overdue too. See docs/decisions/0011.
 *
 * A delivery needs a failover only while its attempt waits for the code, and only if it is the latest and no earlier
 * one has arrived since. Otherwise the user has requested the code again, or already has it. A later attempt for the phone counts
 * too, if it has got its code, or if the same browser has opened it; one of a stranger must not take the code from the user. A QUEUED delivery, whose
 * outcome was not recorded, is sent again under its own ID if the channel is idempotent.
 */
const TAKE_FAILOVERS = statement({
  name: 'login/take_failovers',
  sql: `
    WITH due AS (
      SELECT * FROM sms_log WHERE failover_at <= now() ORDER BY failover_at LIMIT ${BATCH_SIZE} FOR UPDATE SKIP LOCKED
    ), latest AS (
      SELECT d.id FROM due d WHERE NOT EXISTS (
        SELECT FROM sms_log later WHERE later.attempt_id = d.attempt_id AND (later.created_at, later.id) > (d.created_at, d.id)
      )
    ), followed AS (
      SELECT d.*, a.phone, a.key_id, a.code_salt, a.code_length, a.locale AS wanted_locale, a.client_ip, a.user_agent,
             d.status = 'QUEUED' AND d.channel = ANY(:idempotentChannels::text[]) AS resumes,
             row_number() OVER ()::int AS position
      FROM due d JOIN latest USING (id) JOIN login_attempts a ON a.id = d.attempt_id AND a.method = 'OTP' AND a.status = 'PENDING' AND a.expires_at > now()
      WHERE (cardinality(d.next_channels) > 0 OR (d.status = 'QUEUED' AND d.channel = ANY(:idempotentChannels::text[])))
        AND NOT EXISTS (
          SELECT FROM login_attempts later WHERE later.phone = a.phone AND later.method = 'OTP' AND later.id > a.id
            AND (later.status IN ('CONFIRMING', 'COMPLETED', 'CLAIMED')
              OR (later.status = 'PENDING' AND later.client_network = a.client_network AND later.user_agent IS NOT DISTINCT FROM a.user_agent))
        )
        AND NOT EXISTS (
          SELECT FROM sms_log arrived WHERE arrived.attempt_id = d.attempt_id AND arrived.delivered_at >= d.created_at
        )
    ), rescheduled AS (
      UPDATE sms_log d SET failover_at = CASE WHEN followed.resumes THEN ${secondsFromNow(':overdueSeconds')} END
      FROM due LEFT JOIN followed ON followed.id = due.id WHERE d.id = due.id
    ), next_delivery AS (
      INSERT INTO ${NEW_DELIVERY}
      SELECT (:deliveryIds::uuid[])[position], attempt_id, next_channels[1], masked_phone, country, purpose, wanted_locale,
             CASE WHEN failure = 'suppressed' THEN 'suppressed' END,
             next_channels[2:],
             CASE WHEN cardinality(next_channels) > 1 OR next_channels[1] = ANY(:idempotentChannels::text[])
                  THEN ${secondsFromNow(':overdueSeconds')} END, blocked_by
      FROM followed WHERE NOT resumes
    ), watchers_notified AS (
      UPDATE login_attempts a SET version = version + 1 FROM due JOIN latest USING (id)
      WHERE a.id = due.attempt_id AND a.status = 'PENDING' AND a.expires_at > now()
    )
    SELECT due.attempt_id, phone, key_id, code_salt, code_length, wanted_locale AS locale, client_ip, user_agent, followed.channel AS from_channel, followed.status,
           resumes, due.failure IS NOT DISTINCT FROM 'suppressed' AS is_decoy,
           CASE WHEN resumes THEN followed.id ELSE (:deliveryIds::uuid[])[position] END AS delivery_id,
           CASE WHEN resumes THEN followed.channel || followed.next_channels ELSE followed.next_channels END AS route
    FROM due LEFT JOIN followed ON followed.id = due.id`,
  parameters: { idempotentChannels: array(textOf<ChannelName>()), overdueSeconds: int4, deliveryIds: array(uuid) },
  columns: { attempt_id: nullable(uuid), ...fromOuterJoin(FAILOVER_COLUMNS), is_decoy: bool },
});

/**
 * Takes a batch of the deliveries that are due.
 *
 * @returns the deliveries to send, the attempts whose clients may learn an outcome now, and whether more may be due.
 */
export async function takeFailovers(
  input: { idempotentChannels: ChannelName[]; overdueSeconds: number },
  { database }: { database: Database },
): Promise<{ failovers: Failover[]; shown: string[]; more: boolean }> {
  const deliveryIds = Array.from({ length: BATCH_SIZE }, () => uuidv7());
  const rows = await database.query(TAKE_FAILOVERS, { ...input, deliveryIds });
  const failovers: Failover[] = [];
  const shown: string[] = [];
  for (const row of rows) {
    if (row.attempt_id === null) continue;
    if (hasColumns(row, FAILOVER_COLUMNS)) failovers.push({ ...row, attempt_id: row.attempt_id });
    else shown.push(row.attempt_id);
  }
  return { failovers, shown, more: rows.length === BATCH_SIZE };
}
