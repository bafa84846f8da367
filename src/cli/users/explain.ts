import type { Config } from '../../config/config.js';
import { InvalidInput } from '../../domain-error.js';
import { LOCALES } from '../../locales/locale.js';
import { StartupError } from '../../startup-error.js';
import { NAME_MAX_LENGTH } from '../../users/profile.js';

/** Runs a command; a value that cannot be taken is told in a sentence. */
export async function explaining({ roles }: Config, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const sentence = {
      role: `There is no such role; the roles are ${roles.join(', ')} (ROLES).`,
      locale: `There is no such locale; the locales are ${LOCALES.join(', ')}.`,
      name: `A name has 1 to ${NAME_MAX_LENGTH} characters, all of which can be seen.`,
    }[error.field];
    throw sentence === undefined ? error : new StartupError(sentence, { cause: error });
  }
}
