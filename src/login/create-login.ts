import type { Config } from '../config/config.js';
import type { Keyring } from '../config/keys.js';
import type { Database } from '../db/database.js';
import type { AccountNumber } from '../delivery/channels/account-number.js';
import type { WhatsAppAccount } from '../delivery/channels/whatsapp-account.js';
import type { Outbox } from '../delivery/send/outbox.js';
import type { CodeSender } from '../delivery/send/send-code.js';
import type { SendNotification } from '../delivery/send/send-notification.js';
import type { Audit } from '../events/audit.js';
import type { ChargeMessage } from '../guard/budgets/charge-message.js';
import type { GuardAlarms } from '../guard/events/guard-alarms.js';
import type { GuardEvents } from '../guard/events/guard-events.js';
import type { UsedCodes } from '../guard/used-codes.js';
import type { Captcha } from '../guard/captcha/captcha.js';
import type { Log } from '../log.js';
import type { Bus } from '../realtime/bus.js';
import type { Deadlines } from '../realtime/deadlines.js';
import type { TokenMint } from '../sessions/session.js';
import type { LoginAttempt } from './attempts/attempt.js';
import { type AttemptLoader, createAttemptLoader } from './attempts/attempt-loader.js';
import { type Watchers, createWatchers } from './attempts/watchers.js';

/**
 * The dependencies of the login module. A use case names those that it needs: `Pick<LoginDeps, 'database' | 'bus'>`.
 */
export interface LoginDeps {
  config: Config;
  keyring: Keyring;
  database: Database;
  captcha: Captcha;
  codeSender: CodeSender;
  sendNotification: SendNotification;
  bus: Bus<LoginAttempt>;
  deadlines: Deadlines;
  mint: TokenMint;
  chargeMessage: ChargeMessage;
  guardEvents: GuardEvents;
  usedCodes: UsedCodes;
  attempts: AttemptLoader;
  watchers: Watchers;
  /** Green API, or Meta's Cloud API. */
  whatsAppAccount: WhatsAppAccount | undefined;
  whatsAppNumber: Pick<AccountNumber, 'current'>;
  /** Set in development. */
  outbox: Outbox | undefined;
  guardAlarms: GuardAlarms;
  audit: Audit;
  log: Log;
}

export function createLogin(deps: Omit<LoginDeps, 'attempts' | 'watchers'>): LoginDeps {
  return {
    ...deps,
    attempts: createAttemptLoader(deps),
    watchers: createWatchers(deps.config),
  };
}
