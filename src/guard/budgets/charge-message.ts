import type { Config } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { array, int4, nullable, text, uuid } from '../../db/types.js';
import { type Budget } from './budget.js';
import { budgetsOf, budgetsOfFailover } from './budgets-of.js';
import { type NotificationPurpose, budgetsOfNotification } from './notification-budgets.js';
import { type GuardConfig, type PlannedMessage, costOf } from './planned-message.js';
import { limitedNetworks } from '../networks/networks-of.js';
import { type Charge, giveBack } from './give-back.js';
import { phoneOnKnownDevices } from '../guesses/guess-subjects.js';
import type { GuardEvents } from '../events/guard-events.js';
import { CONCURRENT_RETRY_SECONDS } from '../limits.js';
import { isHome, isPhoneOfUser } from './phone-of-user.js';
import type { Rule } from '../rules.js';
import { chargeBudgets } from './charge-budgets.js';
import { BLOCK_COLUMNS, BUDGETS_PARAMETERS, REFUSAL_COLUMNS, judgeBudgets } from './judge-budgets.js';

const ALLOWED = 'refused_by IS NULL AND blocked_by IS NULL';

/**
 * Charges a message, unless the guard refuses or blocks it. The attempt keeps what was charged, and knows whether its client
 * is a known device and has solved a captcha. It is locked before the budgets, as where a code is accepted.
 */
const CHARGE_MESSAGE = statement({
  name: 'guard/charge_message',
  short: true,
  sql: `
    WITH attempt AS MATERIALIZED (
      SELECT phone, device_hash, captcha_solved, client_network FROM login_attempts WHERE id = :attemptId::uuid FOR UPDATE
    ),
    ${judgeBudgets({
      known: 'coalesce((SELECT device_hash IS NOT NULL FROM attempt), false)',
      device: phoneOnKnownDevices('(SELECT phone FROM attempt)'),
      captchaSolved: 'coalesce((SELECT captcha_solved FROM attempt), false)',
      ofUser: isPhoneOfUser('(SELECT phone FROM attempt)'),
      home: isHome('(SELECT phone FROM attempt)', '(SELECT client_network FROM attempt)'),
      mayUseReserve: 'coalesce((SELECT captcha_solved FROM attempt), false)',
    })},
    charged AS (${chargeBudgets('verdict', ALLOWED)}),
    recorded AS (
      UPDATE login_attempts a SET charged = a.charged || ARRAY(SELECT subject FROM charged) WHERE a.id = :attemptId::uuid
    )
    SELECT refused_by, retry_after, blocked_by, blocked_subject, blocked_until, blocked_on_any_channel,
           ARRAY(SELECT subject FROM charged) AS charged, (SELECT count(*)::int FROM wanted WHERE ${ALLOWED}) AS to_charge
    FROM verdict`,
  parameters: { ...BUDGETS_PARAMETERS, attemptId: nullable(uuid) },
  columns: { ...REFUSAL_COLUMNS, ...BLOCK_COLUMNS, charged: array(text), to_charge: int4 },
});

/** The last is the purpose of a notification. */
type Occasion = 'resend' | 'failover' | NotificationPurpose;

function listBudgets(message: PlannedMessage, occasion: Occasion, config: GuardConfig): Budget[] {
  if (occasion === 'resend') return budgetsOf(message, config);
  if (occasion === 'failover') return budgetsOfFailover(budgetsOf(message, config));
  return budgetsOfNotification({ ...message, purpose: occasion }, config);
}

/** A message that follows the one with which its attempt was opened, or a notification. */
export interface FollowingMessage extends Omit<PlannedMessage, 'networks' | 'mayBeKnown'> {
  occasion: Occasion;
  /** Null for a notification. */
  attemptId: string | null;
  /** IP of the client; null when it is not known. */
  clientIp: string | null;
  /** Nothing is sent. Only budgets whose state the client can notice are charged. */
  decoy: boolean;
}

export interface MessageVerdict {
  charge: Charge;
  /** The rule that refuses the request of the client. Then nothing is charged. */
  refusedBy: Rule | undefined;
  retryAfterSeconds: number;
  /** The rule that blocks the message: it must not be sent. Then nothing is charged. */
  blockedBy: Rule | undefined;
  /** Whether another channel would be blocked too. */
  blockedOnAnyChannel: boolean;
}

/** The verdict on a message whose budget a concurrent one has just used up. */
const USED_UP: MessageVerdict = {
  charge: { subjects: [], cost: 0 },
  refusedBy: 'concurrent',
  retryAfterSeconds: CONCURRENT_RETRY_SECONDS,
  blockedBy: 'concurrent',
  blockedOnAnyChannel: false,
};

/** Judges a message and charges it to its budgets, in one statement. Records a blocked message as a guard event. */
export type ChargeMessage = (message: FollowingMessage) => Promise<MessageVerdict>;

export function createChargeMessage(deps: {
  config: Pick<Config, 'guard' | 'production'>;
  database: Database;
  guardEvents: GuardEvents;
}): ChargeMessage {
  const { config, database, guardEvents } = deps;
  return async ({ attemptId, clientIp, decoy, occasion, ...planned }) => {
    const message = {
      ...planned,
      networks: clientIp === null ? [] : limitedNetworks(clientIp, config),
      mayBeKnown: attemptId !== null,
    };
    const cost = decoy ? 0 : costOf(message, config.guard);
    const listed = listBudgets(message, occasion, config.guard);
    const budgets = decoy ? listed.filter(({ blocks }) => !blocks) : listed;
    const [row] = await database.query(CHARGE_MESSAGE, { budgets, cost, attemptId });
    if (!row) throw new Error('The verdict is missing');
    const charge = { subjects: row.charged, cost };
    const recordBlocked = (rule: Rule, { subject, until }: { subject?: string | null; until?: Date | null } = {}) =>
      guardEvents.record({
        rule,
        action: 'blocked',
        subject: subject ?? undefined,
        phone: message.phone,
        ip: clientIp ?? undefined,
        country: message.country,
        channel: message.channel,
        attemptId: attemptId ?? undefined,
        until: until ?? undefined,
      });
    if (row.charged.length < row.to_charge) {
      await giveBack({ charge, attemptId, notSent: true }, deps);
      // A refused resend is recorded where its client gets the error.
      if (occasion !== 'resend') recordBlocked('concurrent');
      return USED_UP;
    }
    if (row.refused_by === null && row.blocked_by !== null)
      recordBlocked(row.blocked_by, { subject: row.blocked_subject, until: row.blocked_until });
    return {
      charge,
      refusedBy: row.refused_by ?? undefined,
      retryAfterSeconds: row.retry_after ?? 1,
      blockedBy: row.blocked_by ?? undefined,
      blockedOnAnyChannel: row.blocked_on_any_channel,
    };
  };
}
