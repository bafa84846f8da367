import type { Config } from '../../config/config.js';
import { InvalidInput } from '../../domain-error.js';
import { LOCALES } from '../../locales/locale.js';
import { StartupError } from '../../startup-error.js';
import { NAME_MAX_LENGTH } from '../../users/read-name.js';

/** Runs a command. Turns InvalidInput into a sentence for the operator. @throws StartupError */
export async function explainInvalidInput(run: () => Promise<void>, { roles }: Pick<Config, 'roles'>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const sentence = {
      role: `There is no such role. ROLES contains ${roles.join(', ')}.`,
      locale: `There is no such locale. The locales are ${LOCALES.join(', ')}.`,
      name: `A name must have 1 to ${NAME_MAX_LENGTH} visible characters.`,
    }[error.field];
    throw sentence === undefined ? error : new StartupError(sentence, { cause: error });
  }
}
