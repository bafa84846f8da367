import type { Config } from '../../config/config.js';

/** What credentials are called in `Config`. A provider added later is covered without another list. */
const CREDENTIAL = /token|key|password|username|secret/i;

/** Every credential in the configuration, to be removed from what a command prints. */
export function secretsIn(config: Config): string[] {
  return secretsBelow(config);
}

function secretsBelow(settings: object): string[] {
  return Object.entries(settings).flatMap(([name, value]: [string, unknown]) => {
    if (typeof value === 'object' && value !== null) return secretsBelow(value);
    return typeof value === 'string' && value !== '' && CREDENTIAL.test(name) ? [value] : [];
  });
}
