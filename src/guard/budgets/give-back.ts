import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { array, bool, int4, nullable, text, uuid } from '../../db/types.js';
import { SCOPE } from './budget.js';
import { GIVEN_BACK_PER_NETWORK, GIVEN_BACK_PER_USED, WEIGHTS } from '../limits.js';
import { usedForHour } from './budget-shares.js';
import { chargeBudgets } from './charge-budgets.js';
import { isUncounted, usesReserve } from './count-as-used.js';

/** What one message was charged. */
export interface Charge {
  subjects: string[];
  /** In millionths of a US dollar. */
  cost: number;
}

/** SQL: whether the budget is that of a client network. */
const isOfNetwork = (scope: string) => `${scope} BETWEEN ${SCOPE.address} AND ${SCOPE.site}`;

/** SQL: what the budget `b` gets back. */
const REFUND = `CASE
        WHEN ${isUncounted('b')} AND (:attemptId::uuid IS NULL OR EXISTS (SELECT FROM attempt WHERE device_hash IS NOT NULL)) THEN 0
        WHEN b.scope = ${SCOPE.users} AND ${usesReserve(':subjects::text[]')} THEN 0
        WHEN :unnoticed::boolean AND b.scope < ${SCOPE.block} THEN 0
        WHEN :notSent::boolean OR :providerDown::boolean AND (b.scope >= ${SCOPE.block} OR b.subject IN (SELECT subject FROM outage)) THEN ${WEIGHTS.unused}
        ELSE ${WEIGHTS.unused - WEIGHTS.refused} END`;

/** The subjects that count what a network got back. */
const OUTAGE = 'outage:';

/** SQL: how many messages, in hundredths, the network of the budget `b` gets back in an hour. */
const GIVEN_BACK_LIMIT = `100 * greatest(
        CASE b.scope WHEN ${SCOPE.address} THEN ${GIVEN_BACK_PER_NETWORK.address} WHEN ${SCOPE.network} THEN ${GIVEN_BACK_PER_NETWORK.network} ELSE ${GIVEN_BACK_PER_NETWORK.site} END,
        ${GIVEN_BACK_PER_USED} * ${usedForHour('b')})`;

const NO_OTHER_LIMITS = `1 AS ease, ${[
  'minute_sends',
  'day_sends',
  'hour_unverified',
  'day_unverified',
  'growth',
  'hour_cost',
  'day_cost',
]
  .map((limit) => `NULL::float8 AS ${limit}`)
  .join(', ')}`;

/**
 * The attempt forgets the message, so that a used code does not count it as used. It is locked before the budgets, as
 * where a code is accepted. `outage`: the networks that get back all of a message whose provider is down. Of concurrent statements, only
 * as many get it as the limit allows. Only this statement locks these rows, after the others.
 */
const GIVE_BACK = statement({
  name: 'guard/give_back',
  sql: `
    WITH attempt AS (
      UPDATE login_attempts a SET charged = ARRAY(
        SELECT subject FROM (
          SELECT subject, n, row_number() OVER (PARTITION BY subject ORDER BY n) AS nth FROM unnest(a.charged) WITH ORDINALITY AS charged (subject, n)
        ) AS numbered
        WHERE nth > 1 OR subject <> ALL(:subjects::text[]) ORDER BY n
      )
      WHERE a.id = :attemptId::uuid RETURNING a.id, a.device_hash
    ), locked AS (
      SELECT b.subject, b.scope, ${GIVEN_BACK_LIMIT} AS given_back_limit FROM budgets b, (SELECT count(*) FROM attempt) AS done
      WHERE b.subject = ANY(:subjects::text[]) ORDER BY b.scope, b.subject FOR UPDATE OF b
    ), wanted AS MATERIALIZED (
      SELECT '${OUTAGE}' || subject AS subject, ${SCOPE.givenBack}::int2 AS scope, ${WEIGHTS.unused} AS weight, given_back_limit AS hour_sends, ${NO_OTHER_LIMITS}
      FROM locked WHERE :providerDown::boolean AND NOT :notSent::boolean AND ${isOfNetwork('scope')}
    ), given_back AS (${chargeBudgets('(SELECT 1) AS message')}
    ), outage AS (SELECT substr(subject, ${OUTAGE.length + 1}) AS subject FROM given_back)
    UPDATE budgets b SET
      minute_sends = greatest(0, b.minute_sends - ${REFUND}), hour_sends = greatest(0, b.hour_sends - ${REFUND}), day_sends = greatest(0, b.day_sends - ${REFUND}),
      hour_cost = greatest(0, b.hour_cost - :cost::int), day_cost = greatest(0, b.day_cost - :cost::int)
    FROM locked WHERE b.subject = locked.subject`,
  parameters: {
    subjects: array(text),
    cost: int4,
    attemptId: nullable(uuid),
    providerDown: bool,
    notSent: bool,
    unnoticed: bool,
  },
  columns: {},
});

/**
 * Gives back the money of a message that its provider refused, and half of the message: the question has reached the
 * provider, and an attacker must not ask it without end. If the provider is down, networks and destinations get back all of it: an
 * outage must not spend what an address with many people, or a country, has for codes that are not used. Above a number in an hour, networks get back half, so that an outage gives nobody any number of codes. `notSent`: no provider was asked, so all budgets get back all of it. `unnoticed`: the
 * phone, the device and the networks get nothing back, so that the client does not notice that its provider refused the message. `attemptId` is null for a notification.
 */
export async function giveBack(
  {
    charge,
    attemptId,
    providerDown = false,
    notSent = false,
    unnoticed = false,
  }: { charge: Charge; attemptId: string | null; providerDown?: boolean; notSent?: boolean; unnoticed?: boolean },
  { database }: { database: Database },
): Promise<void> {
  if (charge.subjects.length > 0)
    await database.query(GIVE_BACK, { ...charge, attemptId, providerDown, notSent, unnoticed });
}
