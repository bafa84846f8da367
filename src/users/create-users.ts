import type { Config } from '../config/config.js';
import type { Database } from '../db/database.js';

/** Users: the dependencies that their use cases take. */
export function createUsers({ config, database }: { config: Config; database: Database }) {
  return { config, database };
}
