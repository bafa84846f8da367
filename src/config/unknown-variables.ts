import { editDistance } from './edit-distance.js';
import { ENVIRONMENT } from './environment.js';
import { SECRET_VARIABLES } from './secret-variables.js';

const VALUES = Object.keys(ENVIRONMENT.shape);
const NAMES = [...VALUES, ...SECRET_VARIABLES.map((name) => `${name}_FILE`)];
const CANDIDATES = NAMES.map((candidate) => ({ candidate, letters: simplified(candidate) }));

/** Set by npm, Kubernetes and links of Docker, for services of any name. */
const FOREIGN = /^npm_|_SERVICE_(HOST|PORT)(_|$)|_PORT(_\d+_(TCP|UDP)(_\w+)?)?$/i;

const MAX_WARNINGS = 10;
const MAX_LENGTH = 64;

/**
 * One warning for each variable whose name is almost one of ours, such as `DATABSE_URL` or `GREENAPI_TOKEN`. Otherwise
 * the gateway would start without the setting. Never contains a value.
 */
export function unknownVariableWarnings(env: Record<string, string | undefined>): string[] {
  const warnings: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (warnings.length === MAX_WARNINGS) break;
    if (!value?.trim() || NAMES.includes(name) || name.length > MAX_LENGTH || FOREIGN.test(name)) continue;
    const reason = reasonFor(name);
    if (reason) warnings.push(`${name} has no effect, because ${reason}`);
  }
  return warnings;
}

function reasonFor(name: string): string | undefined {
  const value = name.replace(/_FILE$/, '');
  if (VALUES.includes(value)) return `only secrets can be read from a file: set ${value}`;
  const meant = nearestName(name);
  return meant && `the gateway has no such variable: did you mean ${meant}?`;
}

/** The variable that differs least, if it differs little. Case and underscores do not count. */
function nearestName(name: string): string | undefined {
  const written = simplified(name);
  let best: { candidate: string; distance: number } | undefined;
  for (const { candidate, letters } of CANDIDATES) {
    const limit = allowedDistance(letters);
    const distance = editDistance(written, letters, limit);
    if (distance <= limit && distance < (best?.distance ?? Infinity)) best = { candidate, distance };
  }
  return best?.candidate;
}

/** Short names, such as PORT, are near too many words. */
const allowedDistance = ({ length }: string) => (length < 6 ? 0 : length < 10 ? 1 : 2);

function simplified(name: string): string {
  return name.toUpperCase().replaceAll('_', '');
}
