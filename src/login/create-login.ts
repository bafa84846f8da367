import type { Config } from '../config/config.js';
import type { Keyring } from '../config/keys.js';
import type { Database } from '../db/database.js';
import type { GreenApi } from '../delivery/channels/green-api/client.js';
import type { Outbox } from '../delivery/send/outbox.js';
import type { CodeSender } from '../delivery/send/send-code.js';
import type { SendNotification } from '../delivery/send/send-notification.js';
import type { Audit } from '../events/audit.js';
import type { ChargeMessage } from '../guard/charge-message.js';
import type { GuardEvents } from '../guard/guard-events.js';
import { type FloodReports, createFloodReports } from '../guard/flood-reports.js';
import type { UsedCodes } from '../guard/used-codes.js';
import type { Captcha } from '../guard/captcha/captcha.js';
import type { SprayAlarm } from '../guard/spray-alarm.js';
import type { VerifiedCodes } from '../guard/verified-codes.js';
import type { Log } from '../log.js';
import type { Bus } from '../realtime/bus.js';
import type { Deadlines } from '../realtime/deadlines.js';
import type { TokenMint } from '../sessions/session.js';
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
  bus: Bus;
  deadlines: Deadlines;
  mint: TokenMint;
  chargeMessage: ChargeMessage;
  guardEvents: GuardEvents;
  usedCodes: UsedCodes;
  attempts: AttemptLoader;
  watchers: Watchers;
  greenApi: GreenApi | undefined;
  floodReports: FloodReports;
  /** Set in development. */
  outbox: Outbox | undefined;
  verifiedCodes: VerifiedCodes;
  sprayAlarm: SprayAlarm;
  audit: Audit;
  log: Log;
}

export function createLogin(deps: Omit<LoginDeps, 'attempts' | 'watchers' | 'floodReports'>): LoginDeps {
  return {
    ...deps,
    attempts: createAttemptLoader(deps),
    watchers: createWatchers(deps.config),
    floodReports: createFloodReports(deps),
  };
}
