import { rotateSigningKey } from '../../sessions/rotate-keys.js';
import { JWKS_MAX_AGE_SECONDS, PUBLISHED_AHEAD_SECONDS } from '../../sessions/key-schedule.js';
import { StartupError } from '../../startup-error.js';
import type { CommandDeps } from '../with-database.js';

/** A week. */
const LONGEST_AHEAD_SECONDS = 604_800;

export interface RotateWish {
  compromised?: boolean;
  /** How many seconds it is published before it signs. */
  after?: string;
}

/** @returns what to tell the operator. */
export async function rotateKeys(
  { compromised = false, after }: RotateWish,
  { database, keyring: keyringOf }: Pick<CommandDeps, 'database' | 'keyring'>,
): Promise<string[]> {
  const afterSeconds = after === undefined ? undefined : readSeconds(after);
  if (compromised && after !== undefined)
    throw new StartupError('--compromised signs at once: leave --after out, or --compromised.');
  const keyring = keyringOf();
  const latest = await database.prisma.signingKey.findFirst({
    orderBy: [{ activatesAt: 'desc' }, { createdAt: 'desc' }],
    select: { keyId: true },
  });
  const isOurs = !latest || keyring.all.some(({ id }) => id === latest.keyId);
  // Sealed by a secret that the gateway does not have, a key would only keep it from starting again.
  if (!isOurs && !compromised)
    throw new StartupError(
      'GATEWAY_SECRET is not the one that the present keys are sealed by: run this command with the environment and in the folder of the gateway.',
    );
  const { kid, signsFrom } = await rotateSigningKey(
    { compromised, afterSeconds, actor: 'operator' },
    { database, keyring },
  );
  const seconds = Math.max(0, Math.round((signsFrom.getTime() - Date.now()) / 1000));
  if (!compromised)
    return [
      `The new key is ${kid}.`,
      `It is published now and signs from ${signsFrom.toISOString()}, in about ${seconds} s: by then every instance has read it, and every backend that heeds its cache header.`,
      'The key before it verifies until its last token has run out. Nobody is signed out.',
    ];
  return [
    `The new key is ${kid}.`,
    `It signs from now on (${signsFrom.toISOString()}), and all keys before it are gone: whatever they have signed is refused until the client refreshes its session.`,
    `Instances follow within seconds; backends when they next read the key set, after ${JWKS_MAX_AGE_SECONDS} s at the latest if they heed its cache header.`,
    ...(isOurs
      ? []
      : [
          'The keys before it were sealed by another GATEWAY_SECRET: a gateway that runs with that one cannot use this key.',
        ]),
  ];
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (/^\d+$/.test(text) && seconds >= PUBLISHED_AHEAD_SECONDS && seconds <= LONGEST_AHEAD_SECONDS) return seconds;
  throw new StartupError(
    `--after must be a whole number of seconds, from ${PUBLISHED_AHEAD_SECONDS} (sooner, not everybody has read it) to ${LONGEST_AHEAD_SECONDS}.`,
  );
}
