import { maskPhone } from '../../phone/mask-phone.js';
import { AttemptNotFound } from '../attempts/attempt.js';
import { readAttempt } from '../attempts/read-attempt.js';
import type { LoginDeps } from '../create-login.js';
import { type Question, sendQuestion } from '../notifications/question.js';
import { ConfirmationRequired } from '../second-step.js';

type Deps = Pick<
  LoginDeps,
  'config' | 'database' | 'attempts' | 'audit' | 'log' | 'whatsAppAccount' | 'outbox' | 'guardEvents'
>;

interface AttemptKey {
  attemptId: string;
  secret: string;
}

/** The answer to the client of an attempt that waits for its second step. The same as the watcher sees. */
export async function confirmationRequired(
  key: AttemptKey,
  deps: Pick<Deps, 'attempts'>,
): Promise<ConfirmationRequired> {
  const attempt = await readAttempt(key, deps);
  if (!attempt) throw new AttemptNotFound();
  return new ConfirmationRequired(attempt);
}

/** Records that an attempt waits for its second step, and sends its question if there is one. */
export function startSecondStep(
  input: {
    attemptId: string;
    userId: string | null;
    role: string | null;
    needsApproval: boolean;
    asks: boolean;
    question: Question;
  },
  deps: Deps,
): void {
  const { asks, question, ...fields } = input;
  deps.audit.info({ event: 'login.confirmation_required', ...fields, phone: maskPhone(question.phone) });
  if (!asks || fields.needsApproval) return;
  sendQuestion(question, deps).catch((error: unknown) => deps.log.warn({ event: 'notification.round_failed', error }));
}
