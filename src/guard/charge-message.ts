import type { Config } from '../config/config.js';
import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { array, bool, nullable, text, uuid } from '../db/types.js';
import {
  type Budget,
  type PlannedMessage,
  budgetsOf,
  budgetsOfFailover,
  budgetsOfNotification,
  costOf,
} from './budgets-of.js';
import { limitedIp } from './client-ip.js';
import type { Charge } from './give-back.js';
import type { GuardEvents } from './guard-events.js';
import type { Rule } from './rules.js';
import { BUDGETS_PARAMETERS, NOTICED, VERDICT_COLUMNS, chargeBudgets, judgeBudgets } from './send-budgets.js';

/** Charges a message, unless the guard refuses or blocks it. The attempt keeps what was charged. */
const CHARGE_MESSAGE = statement({
  name: 'guard/charge_message',
  sql: `
    WITH ${judgeBudgets(':known::boolean')},
    charged AS (${chargeBudgets('verdict', `refused_by IS NULL AND (blocked_by IS NULL AND NOT :decoy::boolean OR ${NOTICED})`)}),
    recorded AS (
      UPDATE login_attempts a SET charged = a.charged || ARRAY(SELECT subject FROM charged) WHERE a.id = :attemptId::uuid
    )
    SELECT refused_by, retry_after, blocked_by, blocked_until, suspicious, ARRAY(SELECT subject FROM charged) AS charged FROM verdict`,
  parameters: { ...BUDGETS_PARAMETERS, known: bool, decoy: bool, attemptId: nullable(uuid) },
  columns: { ...VERDICT_COLUMNS, charged: array(text) },
});

type Occasion = 'resend' | 'failover' | 'notification';

const LISTED: Record<Occasion, (budgets: Budget[]) => Budget[]> = {
  resend: (budgets) => budgets,
  failover: budgetsOfFailover,
  notification: budgetsOfNotification,
};

/** A message that follows the one with which its attempt was opened, or a notification. */
export interface FollowingMessage extends Omit<PlannedMessage, 'ip'> {
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
  /** The rule that blocks the message: it must not be sent. */
  blockedBy: Rule | undefined;
}

/** Judges a message and charges it to its budgets, in one statement. Records a blocked message as a guard event. */
export type ChargeMessage = (message: FollowingMessage) => Promise<MessageVerdict>;

export function createChargeMessage(deps: {
  config: Pick<Config, 'guard' | 'production'>;
  database: Database;
  guardEvents: GuardEvents;
}): ChargeMessage {
  const { config, database, guardEvents } = deps;
  return async ({ attemptId, clientIp, decoy, occasion, ...planned }) => {
    const message = { ...planned, ip: clientIp === null ? undefined : limitedIp(clientIp, config) };
    const cost = costOf(message, config.guard);
    const [row] = await database.query(CHARGE_MESSAGE, {
      budgets: LISTED[occasion](budgetsOf(message, config.guard)),
      cost,
      captchaSolved: false,
      known: occasion === 'resend' && message.device !== undefined,
      decoy,
      attemptId,
    });
    if (!row) throw new Error('The verdict is missing');
    if (row.refused_by === null && row.blocked_by !== null)
      guardEvents.record({
        rule: row.blocked_by,
        action: 'blocked',
        phone: message.phone,
        ip: clientIp ?? undefined,
        country: message.country,
        channel: message.channel,
        attemptId: attemptId ?? undefined,
        until: row.blocked_until ?? undefined,
      });
    return {
      charge: { subjects: row.charged, cost: decoy || row.blocked_by !== null ? 0 : cost },
      refusedBy: row.refused_by ?? undefined,
      retryAfterSeconds: row.retry_after ?? 1,
      blockedBy: row.blocked_by ?? undefined,
    };
  };
}
