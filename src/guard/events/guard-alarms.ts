import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { bool, text, textOf } from '../../db/types.js';
import type { Audit } from '../../events/audit.js';
import type { AuditEvent } from '../../events/audit-event.js';
import type { Log } from '../../log.js';
import { createKeyedLogThrottle } from '../../log-throttle.js';
import type { Keyring } from '../../config/keys.js';
import { ALARMS_OF_A_KIND, EPISODE_MINUTES, SPRAY_WINDOW_MINUTES } from '../limits.js';
import { networksOf } from '../networks/networks-of.js';
import type { Rule } from '../rules.js';
import { hashPhone } from './phone-hash.js';

/** How often an instance writes that an alarm is still raised. */
const RAISE_INTERVAL_MS = 60_000;

/** The same for a spent network or budget: there may be thousands of them. */
const ONE_OF_MANY_INTERVAL_MS = (EPISODE_MINUTES * 60_000) / 6;

/** What is reported of each rule that concerns the whole service. */
const ENTRIES = {
  spray: { event: 'guard.spray' },
  whatsapp_starts: { event: 'whatsapp.starts_flooded' },
} as const;

/** SQL: an episode begins anew, or goes on. Only where it begins are both times equal, also within one millisecond. */
const goOn = (minutes: number) => `ON CONFLICT (rule) DO UPDATE SET (started_at, seen_at) = (
      SELECT CASE WHEN is_over THEN excluded.started_at ELSE g.started_at END,
             CASE WHEN is_over THEN excluded.seen_at ELSE greatest(excluded.seen_at, g.started_at + interval '1 millisecond') END
      FROM (SELECT g.seen_at < now() - interval '${minutes} minutes' AS is_over) AS episode
    )`;

/** Of concurrent statements of all instances, one finds that an episode begins: the row is locked. */
const RAISE_ALARM = statement({
  name: 'guard/raise_alarm',
  sql: `
    INSERT INTO guard_alarms AS g (rule, started_at, seen_at) SELECT :rule, at, at FROM (SELECT clock_timestamp() AS at OFFSET 0) AS clock
    ${goOn(SPRAY_WINDOW_MINUTES)}
    RETURNING started_at = seen_at AS begins`,
  parameters: { rule: text },
  columns: { begins: bool },
});

/** How the key of an alarm begins. An attacker decides how many networks are spent, and blocks and ranges of numbers; not how many other budgets. */
type Kind = 'spent' | 'numbers' | 'blocked';

/** SQL: whether the row is of the kind of the alarm. */
const IS_SAME_KIND = `starts_with(rule, :kind::text || ' ')`;

/**
 * The same for one of many subjects. Rows of past episodes are deleted. Above the limit of episodes of a kind there is no further row, so no
 * alarm: an attacker has any number of networks.
 */
const RAISE_ONE_OF_MANY = statement({
  name: 'guard/raise_one_of_many',
  sql: `
    WITH past AS (
      DELETE FROM guard_alarms WHERE rule IN (
        SELECT rule FROM guard_alarms
        WHERE ${IS_SAME_KIND} AND rule <> :key AND seen_at < now() - interval '${EPISODE_MINUTES} minutes' FOR UPDATE SKIP LOCKED
      )
    )
    INSERT INTO guard_alarms AS g (rule, started_at, seen_at)
    SELECT :key, at, at FROM (SELECT clock_timestamp() AS at OFFSET 0) AS clock
    WHERE EXISTS (SELECT FROM guard_alarms WHERE rule = :key) OR :kind::text = 'blocked' OR ${ALARMS_OF_A_KIND} > (
      SELECT count(*) FROM guard_alarms WHERE ${IS_SAME_KIND} AND seen_at >= now() - interval '${EPISODE_MINUTES} minutes'
    )
    ${goOn(EPISODE_MINUTES)}
    RETURNING started_at = seen_at AS begins`,
  parameters: { key: text, kind: textOf<Kind>() },
  columns: { begins: bool },
});

/** The rules whose budget is that of a network, in the order of `networksOf`. */
const NETWORK_RULES = ['address', 'network', 'site'] as const;

/** Reports an attack on the whole service: that its breaker is tripped (R2), or a flood of starts (R18); or one from a network (R7). */
export interface GuardAlarms {
  /** Reports it once an episode, over all instances. An episode is over when nothing raised it for ten minutes. */
  raise(rule: keyof typeof ENTRIES): void;
  /**
   * Reports that the budget of a network is spent, if the rule is that of one: once an episode of this network, over all instances.
   * An episode is over when nothing raised it for an hour.
   */
  raiseIfNetworkSpent(refusal: { rule: Rule; ip?: string | undefined }): void;
  /**
   * Finds out whether an episode begins of a rule that blocks messages to this subject: once an episode, over all instances. Then
   * `reportBlocked` is called with true, otherwise with false. An episode is over when nothing raised it for an hour.
   */
  raiseBlocked(blocked: { rule: Rule; subject?: string | undefined }, reportBlocked: (begins: boolean) => void): void;
}

export function createGuardAlarms(deps: {
  keyring: Pick<Keyring, 'current'>;
  database: Database;
  audit: Audit;
  log: Log;
}): GuardAlarms {
  const { keyring, database, audit, log } = deps;
  const isDue = createKeyedLogThrottle(RAISE_INTERVAL_MS);
  const isNetworkDue = createKeyedLogThrottle(ONE_OF_MANY_INTERVAL_MS);
  const isBlockedDue = createKeyedLogThrottle(ONE_OF_MANY_INTERVAL_MS);
  // The table has no retention period, so it must not contain an IP address, or a part of a phone.
  const raise = (kind: Kind, subject: string) => {
    const key = `${kind} ${hashPhone(subject, keyring.current).toString('base64url')}`;
    return database.query(RAISE_ONE_OF_MANY, { key, kind });
  };
  const report = (rule: Rule, entry: AuditEvent, raised: Promise<{ begins: boolean }[]>) =>
    void raised.then(
      ([alarm]) => {
        if (alarm?.begins) audit.warn(entry);
      },
      (error: unknown) => log.warn({ event: 'guard.alarm_failed', rule, error }),
    );
  return {
    raise(rule) {
      if (isDue(rule)) report(rule, ENTRIES[rule], database.query(RAISE_ALARM, { rule }));
    },
    raiseIfNetworkSpent({ rule, ip }) {
      const index = NETWORK_RULES.findIndex((name) => name === rule);
      if (ip === undefined || index < 0) return;
      const network = networksOf(ip)[index];
      if (network === undefined || !isNetworkDue(network)) return;
      report(rule, { event: 'guard.network_spent', rule, ip }, raise('spent', network));
    },
    raiseBlocked({ rule, subject = '' }, reportBlocked) {
      if (!isBlockedDue(`${rule} ${subject}`)) return reportBlocked(false);
      const kind = rule === 'block' || rule === 'range' ? 'numbers' : 'blocked';
      raise(kind, `${rule} ${subject}`).then(
        ([alarm]) => reportBlocked(alarm?.begins ?? false),
        (error: unknown) => {
          log.warn({ event: 'guard.alarm_failed', rule, error });
          reportBlocked(false);
        },
      );
    },
  };
}
