import { validate as isUuid } from 'uuid';
import { DomainError } from '../../domain-error.js';
import { type ApprovedLogin, approveLogin, findAttemptsToApprove } from '../../login/approve.js';
import { createLog } from '../../log.js';
import { createLocalBus } from '../../realtime/local-bus.js';
import { StartupError } from '../../startup-error.js';
import type { CommandDeps } from '../with-database.js';
import { findUser } from './find-user.js';

/** No one subscribes to this bus: running instances read a waiting attempt again every two seconds. */
const APPROVE_DEPS = { bus: createLocalBus(), log: createLog('silent') };

/**
 * Approves the sign-in with an attempt's ID, or the only one of a phone.
 *
 * @throws StartupError when there is none, or several of the phone
 */
export async function approveLoginOf(text: string, deps: CommandDeps): Promise<ApprovedLogin> {
  const attemptId = isUuid(text) ? text : await onlyAttemptOf(text, deps);
  return approveLogin({ attemptId, actor: 'operator' }, { ...APPROVE_DEPS, database: deps.database }).catch(
    (error: unknown) => {
      if (!(error instanceof DomainError)) throw error;
      throw new StartupError(`The sign-in ${attemptId} cannot be approved: ${WHY[error.code] ?? error.code}.`, {
        cause: error,
      });
    },
  );
}

const WHY: Partial<Record<string, string>> = {
  ATTEMPT_NOT_FOUND: 'there is no such attempt',
  ATTEMPT_CLOSED: 'it is over',
  ATTEMPT_NOT_COMPLETED: 'the user has not typed the code yet',
  INVALID_INPUT: 'the user must confirm it with the number on the screen',
};

async function onlyAttemptOf(phone: string, deps: CommandDeps): Promise<string> {
  const user = await findUser(phone, deps);
  const [found, ...others] = await findAttemptsToApprove({ phone: user.phone }, deps);
  if (found === undefined)
    throw new StartupError(
      `No sign-in of ${user.phone} waits for an approval. The user must type the code first; the sign-in then waits ten minutes.`,
    );
  if (others.length > 0)
    throw new StartupError(
      `Several sign-ins of ${user.phone} wait for an approval. Approve one by its id: ${[found, ...others].join(', ')}.`,
    );
  return found;
}
