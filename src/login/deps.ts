import type { Config } from '../config/config.js';
import type { Audit } from '../events/audit.js';
import type { Keyring } from '../config/keys.js';
import type { Database } from '../db/database.js';
import type { CodeSender } from '../delivery/send/send-code.js';
import type { SendNotification } from '../delivery/send/send-notification.js';
import type { Log } from '../log.js';
import type { Bus } from '../realtime/bus.js';
import type { TokenMint } from '../sessions/session.js';

/** What every step of a login is given. */
export interface LoginDeps {
  config: Config;
  keyring: Keyring;
  database: Database;
  codeSender: CodeSender;
  sendNotification: SendNotification;
  bus: Bus;
  mint: TokenMint;
  audit: Audit;
  log: Log;
}
