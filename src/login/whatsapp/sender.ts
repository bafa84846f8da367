import type { IncomingText } from '../../delivery/channels/green-api/incoming-text.js';
import type { Phone } from '../../phone/parse-phone.js';
import { phoneFromWhatsApp } from '../../phone/whatsapp-phone.js';
import type { Database } from '../../db/database.js';
import type { ReceiveDeps } from './receive.js';

/** Whose message it is. */
export type Sender = { phone: Phone; lid?: string } | UnknownSender;

export interface UnknownSender {
  phone: undefined;
  reason: 'phone_hidden' | 'sender_mismatch' | 'lookup_failed';
}

/**
 * The phone a message was sent from. It comes from `…@c.us` only. For `…@lid` it is asked for: first of the person who
 * signed in from that id before, then of the provider. Where one side of a message is a lid and the other a phone, the
 * provider must confirm that both are one person.
 */
export async function findSender(
  { sender, chatId }: IncomingText,
  { database, greenApi, log }: ReceiveDeps,
): Promise<Sender> {
  const lid = [sender, chatId].find((id) => id.endsWith('@lid'));
  const claimed = [sender, chatId].find((id) => id.endsWith('@c.us'))?.replace('@c.us', '');
  if (!lid) return claimed ? { phone: phoneFromWhatsApp(claimed) } : { phone: undefined, reason: 'phone_hidden' };

  const known = claimed
    ? null
    : await database.prisma.user.findUnique({ where: { whatsappLid: lid }, select: { phone: true } });
  if (known) return { phone: phoneFromWhatsApp(known.phone.slice(1)), lid };
  const found = await greenApi?.phoneOf(lid).catch((error: unknown) => {
    log.warn({ event: 'whatsapp.lid_lookup_failed', error });
    return 'unknown' as const;
  });
  if (found === 'unknown') return { phone: undefined, reason: 'lookup_failed' };
  if (!found || found === 'hidden') return { phone: undefined, reason: 'phone_hidden' };
  if (claimed && found.digits !== claimed) return { phone: undefined, reason: 'sender_mismatch' };
  return { phone: phoneFromWhatsApp(found.digits), lid };
}

/** The same without asking the provider: for a message that may be anything, and from anybody. */
export async function findKnownSender(
  { sender, chatId }: IncomingText,
  { database }: ReceiveDeps,
): Promise<Phone | undefined> {
  if (sender === chatId && sender.endsWith('@c.us')) return phoneFromWhatsApp(sender.replace('@c.us', ''));
  const lid = [sender, chatId].find((id) => id.endsWith('@lid'));
  const known =
    lid && (await database.prisma.user.findUnique({ where: { whatsappLid: lid }, select: { phone: true } }));
  return known ? phoneFromWhatsApp(known.phone.slice(1)) : undefined;
}

const IS_EXPECTED = {
  name: 'is_login_message_expected',
  text: `
    SELECT EXISTS (SELECT 1 FROM webhook_events WHERE instance = $1 AND type_webhook = 'incomingMessageReceived' AND id_message = $2 AND status = '') AS seen,
           EXISTS (SELECT 1 FROM login_attempts WHERE id = $3 AND method = 'WHATSAPP' AND status = 'PENDING' AND expires_at > now()) AS waiting`,
};

/** Why a login message from a hidden sender is not worth a look-up, if it is not: look-ups are few. */
export async function whyNotExpected(
  attemptId: string,
  { instance, idMessage }: IncomingText,
  { database }: ReceiveDeps,
): Promise<'duplicate' | 'attempt_not_open' | undefined> {
  const [row] = await database.query<{ seen: boolean; waiting: boolean }>(IS_EXPECTED, [
    instance,
    idMessage,
    attemptId,
  ]);
  if (row?.seen) return 'duplicate';
  return row?.waiting ? undefined : 'attempt_not_open';
}

/** Keeps the hidden id with its person, so that the next login needs no look-up. */
export async function rememberLid(userId: string, lid: string, { prisma }: Database): Promise<void> {
  await prisma.$transaction([
    prisma.user.updateMany({ where: { whatsappLid: lid, id: { not: userId } }, data: { whatsappLid: null } }),
    prisma.user.updateMany({ where: { id: userId }, data: { whatsappLid: lid } }),
  ]);
}
