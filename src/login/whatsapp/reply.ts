import type { Config } from '../../config/config.js';
import type { WhatsAppAccount } from '../../delivery/channels/whatsapp-account.js';
import type { IncomingText } from '../../delivery/channels/green-api/incoming-text.js';
import { takeAllowance } from '../../guard/budgets/take-allowance.js';
import { budgetsOfReply } from '../../guard/budgets/counted-budgets.js';
import type { GuardEvents } from '../../guard/events/guard-events.js';
import type { Database } from '../../db/database.js';
import type { Outbox } from '../../delivery/send/outbox.js';
import { localeOfCountry } from '../../locales/locale.js';
import { messagesIn } from '../../locales/messages.js';
import type { Log } from '../../log.js';
import { maskPhone } from '../../phone/mask-phone.js';
import { phoneFromWhatsApp } from '../../phone/whatsapp-phone.js';

export interface ReplyDeps {
  /** Green API, or Meta's Cloud API. */
  whatsAppAccount: WhatsAppAccount | undefined;
  /** Set in development. */
  outbox: Outbox | undefined;
  config: Pick<Config, 'production'>;
  database: Database;
  guardEvents: GuardEvents;
  log: Log;
}

interface Reply {
  chatId: string;
  text: string;
  /** A user waits for it: it is not counted with the replies to strangers. */
  awaited?: boolean;
}

/**
 * Sends a WhatsApp message without waiting for it, because a failing reply must not delay the webhook and the logins of
 * other users.
 */
export function reply(message: Reply, deps: ReplyDeps): void {
  void sendReply(message, deps);
}

/**
 * Sends a WhatsApp message, unless the account has talked too much, to this chat or to all. Without a Green API account, development
 * logs it. Never rejects.
 */
export async function sendReply({ chatId, text, awaited = false }: Reply, deps: ReplyDeps): Promise<void> {
  const { whatsAppAccount, outbox, config, log } = deps;
  const phone = phoneOf(chatId);
  const about = { phone: phone?.e164, country: phone?.country };
  try {
    if (!(await takeAllowance({ budgets: budgetsOfReply({ chatId, awaited }), about }, deps))) return;
  } catch (error) {
    return log.warn({ event: 'whatsapp.reply_failed', error });
  }
  const keep = () => outbox?.sent({ phone: phone?.e164 ?? chatId, channel: 'whatsapp', text });
  if (!whatsAppAccount) {
    if (!config.production)
      log.info({ event: 'console.whatsapp', phone: maskPhone(`+${chatId.replace(/@.*/, '')}`), text });
    keep();
    return;
  }
  const result = await whatsAppAccount.sendMessage(chatId, text);
  if (result.outcome === 'accepted') keep();
  else log.warn({ event: 'whatsapp.reply_failed', failure: result.failure, detail: result.detail });
}

/** The phone that a WhatsApp ID contains; undefined if it hides one. */
const phoneOf = (id: string) => (id.endsWith('@c.us') ? phoneFromWhatsApp(id.replace('@c.us', '')) : undefined);

/**
 * Messages for a sender whose user is not known yet: in the language of the phone's country, if the phone is visible.
 */
export function messagesFor({ sender }: Pick<IncomingText, 'sender'>) {
  return messagesIn(localeOfCountry(phoneOf(sender)?.country));
}
