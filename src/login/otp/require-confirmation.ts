import { hasWhatsAppConfirmation } from '../../config/sign-in-methods.js';
import { maskPhone } from '../../phone/mask-phone.js';
import { whatsAppDigits } from '../../phone/whatsapp-phone.js';
import { AttemptNotFound } from '../attempts/attempt.js';
import { readAttempt } from '../attempts/read-attempt.js';
import type { LoginDeps } from '../create-login.js';
import { ConfirmationRequired } from '../second-step.js';
import { type SignInToConfirm, askToConfirm } from '../whatsapp/ask-to-confirm.js';

type Deps = Pick<LoginDeps, 'config' | 'attempts' | 'audit' | 'log' | 'greenApi' | 'outbox'>;

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

/** Asks the user to confirm by WhatsApp, where that is possible and the phone may not be recycled. */
export function startSecondStep(
  input: {
    attemptId: string;
    phone: string;
    userId: string | null;
    role: string | null;
    needsApproval: boolean;
  } & Omit<SignInToConfirm, 'chatId'>,
  deps: Deps,
): void {
  const { attemptId, phone, userId, role, needsApproval, ...signIn } = input;
  deps.audit.info({
    event: 'login.confirmation_required',
    attemptId,
    userId,
    role,
    phone: maskPhone(phone),
    needsApproval,
  });
  if (!needsApproval && hasWhatsAppConfirmation(deps.config))
    askToConfirm({ chatId: `${whatsAppDigits(phone)}@c.us`, ...signIn }, deps);
}
