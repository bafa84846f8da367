import { acceptMessage, checkCredit } from '../accept-message.js';
import { messageEntry } from '../message-entry.js';
import type { Context } from '../simulator.js';
import { type Form, required } from '../read-fields.js';
import { serviceLine } from '../sender-line.js';
import { readReceptor } from '../receptor.js';
import { checkSending } from '../check-sending.js';
import { Refusal } from '../results.js';
import { HANDED_OVER, IN_QUEUE } from '../statuses.js';
import { checkTokens, fillIn, takesToken } from '../template.js';

/** The order of the real method's checks is not documented. */
export function lookup(context: Context, form: Form): object {
  const { simulator } = context;
  const [spelling, token, name] = [required(form, 'receptor'), required(form, 'token'), required(form, 'template')];
  const receptor = readReceptor(spelling);
  if (!simulator.advanced) throw new Refusal(426);
  const template = simulator.templates.get(name);
  if (!template?.approved) throw new Refusal(424);
  if (!takesToken(template.text)) throw new Refusal(432);
  checkTokens(form);
  const byCall = form['type'] === 'call' || receptor.kind === 'landline';
  if (byCall && !/^\d+$/.test(token)) throw new Refusal(428);
  checkSending(simulator, form, [receptor]);
  const message = fillIn(template.text, form);
  checkCredit(simulator, message, 1);

  const [sender, status] = byCall ? ['Call', IN_QUEUE] : [serviceLine(simulator), HANDED_OVER];
  const nextStatuses = simulator.statusesByPhone.get(receptor.e164) ?? simulator.defaultStatuses;
  const newMessage = { receptor: receptor.e164, message, sender, status, nextStatuses };
  return [messageEntry(acceptMessage(newMessage, context))];
}
