import type { Config } from '../config/config.js';
import type { Keys } from '../config/keys.js';
import type { Database } from '../db/database.js';
import type { Courier } from '../delivery/courier.js';
import type { Log } from '../log.js';
import type { Bus } from '../realtime/bus.js';
import type { TokenMint } from '../sessions/session.js';

/** What every step of a login is given. */
export interface LoginRooms {
  config: Config;
  keys: Keys;
  database: Database;
  courier: Courier;
  bus: Bus;
  mint: TokenMint;
  log: Log;
}
