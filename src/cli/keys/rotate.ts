import { rotateSigningKey } from '../../sessions/rotate-keys.js';
import { JWKS_MAX_AGE_SECONDS } from '../../sessions/signing-keys.js';
import { StartupError } from '../../startup-error.js';
import type { CommandRooms } from '../with-database.js';

/** @returns what to tell the operator. */
export async function rotateKeys(
  compromised: boolean,
  { database, keyring: keyringOf }: Pick<CommandRooms, 'database' | 'keyring'>,
): Promise<string[]> {
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
  const { kid, signsFrom } = await rotateSigningKey({ compromised, actor: 'operator' }, database, keyring);
  const minutes = Math.max(1, Math.round((signsFrom.getTime() - Date.now()) / 60_000));
  if (!compromised)
    return [
      `The new key is ${kid}.`,
      `It is published now and signs from ${signsFrom.toISOString()}, in about ${minutes} minutes: by then every instance and every backend has read it.`,
      'The key before it verifies until its last token has run out. Nobody is signed out.',
    ];
  return [
    `The new key is ${kid}.`,
    `It signs from now on (${signsFrom.toISOString()}), and all keys before it are gone: whatever they have signed is refused until the client refreshes its session.`,
    `Instances follow within 20 s; backends when they next read the key set, ${JWKS_MAX_AGE_SECONDS / 60} minutes at the latest if they heed its cache header.`,
    ...(isOurs
      ? []
      : [
          'The keys before it were sealed by another GATEWAY_SECRET: a gateway that runs with that one cannot use this key.',
        ]),
  ];
}
