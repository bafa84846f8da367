import type { PhoneOfChat } from '../../delivery/channels/green-api/client.js';
import type { WhatsAppAccount } from '../../delivery/channels/whatsapp-account.js';
import type { IncomingText } from '../../delivery/channels/green-api/incoming-text.js';
import { type LookupCause, budgetsOfLookup } from '../../guard/budgets/counted-budgets.js';
import { takeAllowance } from '../../guard/budgets/take-allowance.js';
import type { Phone } from '../../phone/parse-phone.js';
import { phoneFromWhatsApp } from '../../phone/whatsapp-phone.js';
import type { LoginDeps } from '../create-login.js';
import { type CheckedLid, type LidUser, findLidUser, trustedPhone } from './lid-phone.js';

/** The sender of a message. `lid` is their hidden ID, if Green API named its phone. See docs/decisions/0005. */
export type Sender = { phone: Phone; lid?: CheckedLid } | UnknownSender;

export interface UnknownSender {
  phone: undefined;
  reason: 'phone_hidden' | 'sender_mismatch' | 'lookup_failed' | 'lookup_limit';
}

export interface FindSenderDeps extends Pick<LoginDeps, 'config' | 'database' | 'guardEvents' | 'log'> {
  /** Green API, or Meta's Cloud API. */
  whatsAppAccount: WhatsAppAccount | undefined;
}

type Participants = Pick<IncomingText, 'sender' | 'chatId'>;

/** Whether WhatsApp hides the phone behind an `…@lid` ID. The digits of such an ID are not a phone. */
export const isHidden = (message: Participants): boolean => hiddenIdOf(message) !== undefined;

/**
 * Finds the phone that a message was sent from. Only `…@c.us` contains a phone. For `…@lid` the gateway searches its
 * users first, then asks Green API. If one side of a message is a hidden ID and the other a phone, Green API must
 * confirm that both belong together. For a user with a role above the first, Green API is always asked. It is asked
 * within limits, which all instances share.
 *
 * @param message `lidUser`: the user of the hidden ID, or null, if the caller has searched
 */
export async function findSender(
  message: Participants & { cause: LookupCause; attemptId?: string; lidUser?: LidUser | null | undefined },
  deps: FindSenderDeps,
): Promise<Sender> {
  const { sender, chatId, cause, attemptId } = message;
  const lid = hiddenIdOf(message);
  const claimed = [sender, chatId].find((id) => id.endsWith('@c.us'))?.replace('@c.us', '');
  const shown = claimed === undefined ? undefined : phoneFromWhatsApp(claimed);
  if (!lid) return shown ? { phone: shown } : { phone: undefined, reason: 'phone_hidden' };

  const user = message.lidUser === undefined ? await findLidUser({ whatsappLid: lid }, deps) : message.lidUser;
  const known = user && !claimed ? trustedPhone(user, 'account') : undefined;
  if (known) return { phone: known };
  const about = { phone: shown?.e164, country: shown?.country, attemptId };
  if (deps.whatsAppAccount && !(await takeAllowance({ budgets: budgetsOfLookup({ chatId, cause }), about }, deps)))
    return { phone: undefined, reason: 'lookup_limit' };
  const found = await lookUp({ lid, user }, deps);
  if (found === 'unknown') return { phone: undefined, reason: 'lookup_failed' };
  if (!found || found === 'hidden') return { phone: undefined, reason: 'phone_hidden' };
  if (claimed && found.digits !== claimed) return { phone: undefined, reason: 'sender_mismatch' };
  return { phone: phoneFromWhatsApp(found.digits), lid: { id: lid, checkedAt: found.checkedAt } };
}

/** The same without asking Green API, for an answer. `lidUser`: whom to pass to `findSender` if the phone is not known. */
export async function findKnownSender(
  message: Participants,
  deps: Pick<FindSenderDeps, 'config' | 'database'>,
): Promise<{ phone?: Phone | undefined; lidUser?: LidUser | null }> {
  const { sender, chatId } = message;
  if (sender === chatId && sender.endsWith('@c.us')) return { phone: phoneFromWhatsApp(sender.replace('@c.us', '')) };
  const lid = hiddenIdOf(message);
  if (!lid) return {};
  const lidUser = await findLidUser({ whatsappLid: lid }, deps);
  return { phone: lidUser ? trustedPhone(lidUser, 'answer') : undefined, lidUser };
}

export const hiddenIdOf = ({ sender, chatId }: Participants) => [sender, chatId].find((id) => id.endsWith('@lid'));

type LookUp = PhoneOfChat | 'hidden' | 'unknown' | undefined;

/** Asks Green API. A cached answer does not count if it is a phone whose user has a role above the first. */
async function lookUp({ lid, user }: { lid: string; user: LidUser | null }, deps: FindSenderDeps): Promise<LookUp> {
  const startedAt = new Date();
  const found = await ask(lid, { cached: true }, deps);
  if (typeof found !== 'object' || found.checkedAt >= startedAt) return found;
  const { e164 } = phoneFromWhatsApp(found.digits);
  const userOfPhone = user?.phone === e164 ? user : await findLidUser({ phone: e164 }, deps);
  return userOfPhone?.isPrivileged ? ask(lid, { cached: false }, deps) : found;
}

async function ask(
  lid: string,
  options: { cached: boolean },
  { whatsAppAccount, log }: FindSenderDeps,
): Promise<LookUp> {
  return whatsAppAccount?.phoneOf(lid, options).catch((error: unknown) => {
    log.warn({ event: 'whatsapp.lid_lookup_failed', error });
    return 'unknown' as const;
  });
}
