import { v7 as uuidv7 } from 'uuid';
import type { ChannelName } from '../../config/config.js';
import type { Database, Statement } from '../../db/database.js';
import { NEW_DELIVERY, secondsFromNow } from '../../delivery/log/sms-log.js';
import { DomainError } from '../../domain-error.js';
import { countryOf } from '../../phone/phone-country.js';
import type { LoginDeps } from '../deps.js';
import { deriveCode } from './code.js';

const AT_ONCE = 50;

/**
 * Takes deliveries that are overdue, or have failed for good, and writes the try that follows: one statement, so that of
 * all instances one goes on, exactly once, and a crash right after leaves a try that is overdue in its turn.
 *
 * Only for an attempt that still waits for its code, and only after its latest try, unless an earlier one has arrived
 * since: a person who asked again meanwhile, or has the code, has been served. A try whose answer nobody wrote down is
 * repeated under its own id where the channel sends nothing twice.
 */
const TAKE_FAILOVERS: Statement = {
  name: 'take_failovers',
  text: `
    WITH due AS (
      SELECT * FROM sms_log WHERE failover_at <= now() ORDER BY failover_at LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED
    ), waiting AS (
      SELECT d.*, a.phone, a.key_id, a.locale AS wanted_locale,
             d.status = 'QUEUED' AND d.channel = ANY($3::text[]) AS resumes,
             row_number() OVER ()::int AS position
      FROM due d JOIN login_attempts a ON a.id = d.attempt_id AND a.method = 'OTP' AND a.status = 'PENDING' AND a.expires_at > now()
      WHERE (cardinality(d.next_channels) > 0 OR (d.status = 'QUEUED' AND d.channel = ANY($3::text[])))
        AND NOT EXISTS (
          SELECT FROM sms_log n WHERE n.attempt_id = d.attempt_id
            AND (n.delivered_at >= d.created_at OR (n.created_at, n.id) > (d.created_at, d.id))
        )
    ), taken AS (
      UPDATE sms_log d SET failover_at = CASE WHEN waiting.resumes THEN ${secondsFromNow('$2')} END
      FROM due LEFT JOIN waiting ON waiting.id = due.id WHERE d.id = due.id
    ), next AS (
      INSERT INTO ${NEW_DELIVERY}
      SELECT ($1::uuid[])[position], attempt_id, next_channels[1], masked_phone, country, purpose, wanted_locale,
             CASE WHEN failure = 'suppressed' THEN 'suppressed' END,
             next_channels[2:],
             CASE WHEN cardinality(next_channels) > 1 OR next_channels[1] = ANY($3::text[]) THEN ${secondsFromNow('$2')} END
      FROM waiting WHERE NOT resumes
    ), told AS (
      UPDATE login_attempts a SET version = version + 1 FROM waiting WHERE a.id = waiting.attempt_id
    )
    SELECT (SELECT count(*)::int FROM due) AS due, attempt_id, phone, key_id, wanted_locale AS locale, channel AS from_channel, status,
           resumes, failure = 'suppressed' AS suppressed,
           CASE WHEN resumes THEN id ELSE ($1::uuid[])[position] END AS delivery_id,
           CASE WHEN resumes THEN channel || next_channels ELSE next_channels END AS route
    FROM (SELECT) always LEFT JOIN waiting ON true`,
};

interface Taken {
  /** How many were due, the same in every row. */
  due: number;
  /** Null in the one row that comes when nobody waits. */
  attempt_id: string | null;
  phone: string;
  key_id: string;
  locale: string;
  from_channel: ChannelName;
  status: string;
  resumes: boolean;
  suppressed: boolean | null;
  delivery_id: string;
  route: ChannelName[];
}

/** Goes on to the next channel for every message that did not arrive: its provider said so, or said nothing in time. */
export function createFailover(deps: LoginDeps, idempotent: ChannelName[], overdueSeconds: number) {
  const underWay = new Set<Promise<void>>();

  return {
    /** Takes what is due and sets out. It does not wait for the providers: others are due in the meantime. */
    async round(): Promise<void> {
      let taken: Taken[];
      do {
        taken = await takeFailovers(deps.database, idempotent, overdueSeconds);
        for (const one of taken) {
          if (one.attempt_id === null) continue;
          const going = sendNext(one.attempt_id, one, deps).finally(() => underWay.delete(going));
          underWay.add(going);
        }
      } while (taken[0]?.due === AT_ONCE);
    },
    /** Resolves when nothing is under way any more. */
    async settled(): Promise<void> {
      await Promise.all(underWay);
    },
  };
}

async function takeFailovers(database: Database, idempotent: ChannelName[], overdueSeconds: number): Promise<Taken[]> {
  const ids = Array.from({ length: AT_ONCE }, () => uuidv7());
  return database.query<Taken>(TAKE_FAILOVERS, [ids, overdueSeconds, idempotent]);
}

async function sendNext(
  attemptId: string,
  taken: Taken,
  { config, keyring, codeSender, bus, audit, log }: LoginDeps,
): Promise<void> {
  const { phone, locale, route, delivery_id: deliveryId } = taken;
  audit.warn({
    event: 'delivery.failover',
    attemptId,
    from: taken.from_channel,
    status: taken.status,
    to: route[0],
    resumes: taken.resumes,
  });
  bus.publish(attemptId);
  const codeMessage = {
    attemptId,
    phone,
    country: countryOf(phone),
    code: deriveCode({ attemptId, phone }, config.otp.length, keyring.of(taken.key_id).code),
    ttlSeconds: config.otp.ttlSeconds,
    locale,
    watched: true,
  };
  try {
    await (taken.suppressed ? codeSender.sendDecoy : codeSender.send)(codeMessage, route, deliveryId);
  } catch (error) {
    // The attempt stays open: an earlier message may still arrive, and the person may ask again. Anything else is repeated
    // when the try is overdue.
    log.warn({
      event: 'delivery.failover_failed',
      attemptId,
      error: error instanceof DomainError ? error.code : error,
    });
  }
  bus.publish(attemptId);
}
