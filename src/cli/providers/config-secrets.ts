import type { Config } from '../../config/config.js';

/** Names of credentials in `Config`. A provider that is added later is covered without a second list. */
const CREDENTIAL = /token|key|password|username|secret/i;

/** Every credential of the configuration. Commands remove these values from their output. */
export function secretsIn(config: Config): string[] {
  return secretsBelow(config);
}

function secretsBelow(settings: object): string[] {
  return Object.entries(settings).flatMap(([name, value]: [string, unknown]) => {
    if (typeof value === 'object' && value !== null) return secretsBelow(value);
    return typeof value === 'string' && value !== '' && CREDENTIAL.test(name) ? [value] : [];
  });
}
