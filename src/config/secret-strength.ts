import { z } from 'zod';
import { withoutGuessableParts } from './guessable-parts.js';

/** The least that a secret must have. Random secrets of this length have more different characters in practice. */
export interface SecretStrength {
  characters: number;
  distinct: number;
  /** How many characters must be left without the parts that an attacker tries first. */
  unpredictable: number;
  /** The command that generates a good one. */
  command: string;
}

/** Of GATEWAY_SECRET, from which all keys are derived: an attacker with a copy of the database can guess without a limit. */
export const ROOT_SECRET: SecretStrength = {
  characters: 32,
  distinct: 8,
  unpredictable: 16,
  command: 'openssl rand -base64 48',
};

/** Of a token that an attacker can only guess by asking this gateway. */
export const SHARED_TOKEN: SecretStrength = {
  characters: 16,
  distinct: 6,
  unpredictable: 10,
  command: 'openssl rand -hex 24',
};

/**
 * Parts of values that everyone can read: in examples, in guides, on a keyboard. Written as `simplified` leaves them. No
 * random secret contains one by chance.
 */
const KNOWN = [
  'thissecretispublic',
  'alongrandomtext',
  'changeme',
  'replaceme',
  'yoursecret',
  'yourtoken',
  'supersecret',
  'passwordpassword',
  '12345678',
  'abcdefgh',
  'qwertyui',
  'deadbeefdeadbeef',
];

/** A secret that we choose ourselves. The messages never contain the value. */
export const strongSecret = (strength: SecretStrength) =>
  z.string().superRefine((value, context) => {
    const problem = weakness(value, strength);
    if (problem) context.addIssue(`${problem}; "${strength.command}" generates a good one`);
  });

/** A secret that is a part of a path, where nothing else authenticates the request. */
export const secretInPath = z
  .string()
  .regex(/^[\w-]{16,128}$/, 'must be 16 to 128 letters, digits, dashes or underscores, because it is part of a URL')
  .pipe(strongSecret(SHARED_TOKEN));

function weakness(value: string, { characters, distinct, unpredictable }: SecretStrength): string | undefined {
  if (value.length < characters) return `must have at least ${characters} characters`;
  if (new Set(value).size < distinct) return `must have at least ${distinct} different characters`;
  if (KNOWN.some((known) => simplified(value).includes(known))) return 'is an example that everyone knows';
  const rest = withoutGuessableParts(value);
  if (rest.length < unpredictable || new Set(rest).size < distinct)
    return 'can be guessed: it consists of common words, sequences or repetitions';
  return undefined;
}

const simplified = (value: string) => value.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
