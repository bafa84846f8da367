import { rotateSigningKey } from '../../sessions/rotate-keys.js';
import { JWKS_MAX_AGE_SECONDS, PUBLISHED_AHEAD_SECONDS } from '../../sessions/key-schedule.js';
import { StartupError } from '../../startup-error.js';
import type { CommandDeps } from '../with-database.js';

/** A week. */
const MAX_AHEAD_SECONDS = 604_800;

export interface RotateOptions {
  compromised?: boolean;
  /** Seconds for which the key is published before it signs. */
  after?: string;
}

/**
 * Creates a new signing key.
 *
 * @returns the lines to print.
 * @throws StartupError where the options contradict each other, or GATEWAY_SECRET is not the one of the gateway
 */
export async function rotateKeys(
  { compromised = false, after }: RotateOptions,
  { database, keyring: keyringOf }: Pick<CommandDeps, 'database' | 'keyring'>,
): Promise<string[]> {
  const afterSeconds = after === undefined ? undefined : readSeconds(after);
  if (compromised && after !== undefined)
    throw new StartupError('--compromised signs at once: leave out --after or --compromised.');
  const keyring = keyringOf();
  const latest = await database.prisma.signingKey.findFirst({
    orderBy: [{ activatesAt: 'desc' }, { createdAt: 'desc' }],
    select: { keyId: true },
  });
  const isOurs = !latest || keyring.all.some(({ id }) => id === latest.keyId);
  // The gateway does not start with a key that is sealed by a secret it does not have.
  if (!isOurs && !compromised)
    throw new StartupError(
      'GATEWAY_SECRET is not the one that seals the present keys: run this command with the environment and in the folder of the gateway.',
    );
  const { kid, signsFrom } = await rotateSigningKey(
    { compromised, afterSeconds, actor: 'operator' },
    { database, keyring },
  );
  const seconds = Math.max(0, Math.round((signsFrom.getTime() - Date.now()) / 1000));
  if (!compromised)
    return [
      `The new key is ${kid}.`,
      `It is published now and signs from ${signsFrom.toISOString()}, in about ${seconds} s: by then every instance has read it, and every backend that follows its cache header.`,
      'The previous key verifies until its last token expires. No user is signed out.',
    ];
  return [
    `The new key is ${kid}.`,
    `It signs from now on (${signsFrom.toISOString()}), and all previous keys are deleted: their tokens are refused until the client refreshes its session.`,
    `Instances follow within seconds; backends when they next read the key set, after at most ${JWKS_MAX_AGE_SECONDS} s if they follow its cache header.`,
    ...(isOurs
      ? []
      : [
          'The previous keys were sealed by another GATEWAY_SECRET: a gateway that runs with that one cannot use the new key.',
        ]),
  ];
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (/^\d+$/.test(text) && seconds >= PUBLISHED_AHEAD_SECONDS && seconds <= MAX_AHEAD_SECONDS) return seconds;
  throw new StartupError(
    `--after must be a whole number of seconds, from ${PUBLISHED_AHEAD_SECONDS} (the time until every instance has read the key) to ${MAX_AHEAD_SECONDS}.`,
  );
}
