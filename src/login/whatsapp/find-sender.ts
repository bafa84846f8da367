import type { GreenApi, PhoneOfChat } from '../../delivery/channels/green-api/client.js';
import type { IncomingText } from '../../delivery/channels/green-api/incoming-text.js';
import { type LookupCause, budgetsOfLookup } from '../../guard/counted-budgets.js';
import { takeAllowance } from '../../guard/take-allowance.js';
import type { Phone } from '../../phone/parse-phone.js';
import { phoneFromWhatsApp } from '../../phone/whatsapp-phone.js';
import type { LoginDeps } from '../create-login.js';
import { type CheckedLid, findPhoneByLid, isPrivilegedPhone } from './lid-phone.js';

/** The sender of a message. `lid` is their hidden ID, if Green API named its phone. See docs/decisions/0005. */
export type Sender = { phone: Phone; lid?: CheckedLid } | UnknownSender;

export interface UnknownSender {
  phone: undefined;
  reason: 'phone_hidden' | 'sender_mismatch' | 'lookup_failed' | 'lookup_limit';
}

export interface FindSenderDeps extends Pick<LoginDeps, 'config' | 'database' | 'log'> {
  greenApi: GreenApi | undefined;
}

type Participants = Pick<IncomingText, 'sender' | 'chatId'>;

/** Whether WhatsApp hides the phone behind an `…@lid` ID. The digits of such an ID are not a phone. */
export function isHidden({ sender, chatId }: Participants): boolean {
  return sender.endsWith('@lid') || chatId.endsWith('@lid');
}

/**
 * Finds the phone that a message was sent from. Only `…@c.us` contains a phone. For `…@lid` the gateway searches its
 * users first, then asks Green API. If one side of a message is a hidden ID and the other a phone, Green API must
 * confirm that both belong together. For a user with a role above the first, Green API is always asked. It is asked within limits, which
 * all instances share.
 */
export async function findSender(
  message: Participants & { cause: LookupCause },
  deps: FindSenderDeps,
): Promise<Sender> {
  const { sender, chatId, cause } = message;
  const lid = [sender, chatId].find((id) => id.endsWith('@lid'));
  const claimed = [sender, chatId].find((id) => id.endsWith('@c.us'))?.replace('@c.us', '');
  if (!lid) return claimed ? { phone: phoneFromWhatsApp(claimed) } : { phone: undefined, reason: 'phone_hidden' };

  const known = claimed ? undefined : await findPhoneByLid({ lid, decides: 'account' }, deps);
  if (known) return { phone: known };
  if (deps.greenApi && !(await takeAllowance({ budgets: budgetsOfLookup({ chatId, cause }) }, deps)))
    return { phone: undefined, reason: 'lookup_limit' };
  const found = await lookUp(lid, deps);
  if (found === 'unknown') return { phone: undefined, reason: 'lookup_failed' };
  if (!found || found === 'hidden') return { phone: undefined, reason: 'phone_hidden' };
  if (claimed && found.digits !== claimed) return { phone: undefined, reason: 'sender_mismatch' };
  return { phone: phoneFromWhatsApp(found.digits), lid: { id: lid, checkedAt: found.checkedAt } };
}

/** The same without asking Green API, for a message of any kind from any sender. */
export async function findKnownSender(
  { sender, chatId }: Participants,
  deps: Pick<FindSenderDeps, 'config' | 'database'>,
): Promise<Phone | undefined> {
  if (sender === chatId && sender.endsWith('@c.us')) return phoneFromWhatsApp(sender.replace('@c.us', ''));
  const lid = [sender, chatId].find((id) => id.endsWith('@lid'));
  return lid ? findPhoneByLid({ lid, decides: 'answer' }, deps) : undefined;
}

type LookUp = PhoneOfChat | 'hidden' | 'unknown' | undefined;

/** Asks Green API; a second time if the cached answer is a phone whose user has a role above the first. */
async function lookUp(lid: string, deps: FindSenderDeps): Promise<LookUp> {
  const startedAt = new Date();
  const found = await ask(lid, { cached: true }, deps);
  if (typeof found !== 'object' || found.checkedAt >= startedAt) return found;
  const { e164 } = phoneFromWhatsApp(found.digits);
  return (await isPrivilegedPhone(e164, deps)) ? ask(lid, { cached: false }, deps) : found;
}

async function ask(lid: string, options: { cached: boolean }, { greenApi, log }: FindSenderDeps): Promise<LookUp> {
  return greenApi?.phoneOf(lid, options).catch((error: unknown) => {
    log.warn({ event: 'whatsapp.lid_lookup_failed', error });
    return 'unknown' as const;
  });
}
