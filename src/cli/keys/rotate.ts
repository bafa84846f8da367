import { rotateSigningKey } from '../../sessions/rotate-keys.js';
import { JWKS_MAX_AGE_SECONDS, PUBLISHED_AHEAD_SECONDS } from '../../sessions/key-schedule.js';
import { StartupError } from '../../startup-error.js';
import type { CommandDeps } from '../with-database.js';

/** One week. */
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
 * @throws StartupError when the options contradict each other, or GATEWAY_SECRET is not that of the gateway
 */
export async function rotateKeys(
  { compromised = false, after }: RotateOptions,
  { database, keyring: keyringOf }: Pick<CommandDeps, 'database' | 'keyring'>,
): Promise<string[]> {
  const afterSeconds = after === undefined ? undefined : readSeconds(after);
  if (compromised && after !== undefined)
    throw new StartupError('--compromised signs at once, so it cannot be combined with --after.');
  const keyring = keyringOf();
  const latest = await database.prisma.signingKey.findFirst({
    orderBy: [{ activatesAt: 'desc' }, { createdAt: 'desc' }],
    select: { keyId: true },
  });
  const isOurs = !latest || keyring.all.some(({ id }) => id === latest.keyId);
  // The gateway does not start with a key that its secrets cannot decrypt.
  if (!isOurs && !compromised)
    throw new StartupError(
      'The current keys are encrypted with another GATEWAY_SECRET. Run this command with the environment of the gateway, in its folder.',
    );
  const { kid, signsFrom } = await rotateSigningKey(
    { compromised, afterSeconds, actor: 'operator' },
    { database, keyring },
  );
  const seconds = Math.max(0, Math.round((signsFrom.getTime() - Date.now()) / 1000));
  if (!compromised)
    return [
      `The new key is ${kid}.`,
      `It is published now and signs from ${signsFrom.toISOString()}, in about ${seconds} s. By then every instance has read it, and every backend that respects the cache header.`,
      'The previous key verifies tokens until its last token expires. No user is signed out.',
    ];
  return [
    `The new key is ${kid}.`,
    `It signs from now on (${signsFrom.toISOString()}), and all previous keys are deleted. Their tokens are refused until the client refreshes its session.`,
    `Instances use the new key within seconds. Backends use it when they next read the key set: after at most ${JWKS_MAX_AGE_SECONDS} s if they respect the cache header.`,
    ...(isOurs
      ? []
      : [
          'The previous keys were encrypted with another GATEWAY_SECRET. A gateway that still runs with that secret cannot use the new key.',
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
