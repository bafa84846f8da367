import { accept, checkCredit } from '../accept.js';
import { messageEntry } from '../entry.js';
import type { Desk } from '../fake-kavenegar.js';
import { type Form, required } from '../fields.js';
import { serviceLine } from '../line.js';
import { readReceptor } from '../receptor.js';
import { checkSending } from '../refuse.js';
import { Refusal } from '../results.js';
import { HANDED_OVER, IN_QUEUE } from '../statuses.js';
import { checkTokens, fillIn, takesToken } from '../template.js';

/** In which order the real one finds fault is not documented. */
export function lookup(desk: Desk, form: Form): object {
  const { fake } = desk;
  const [spelling, token, name] = [required(form, 'receptor'), required(form, 'token'), required(form, 'template')];
  const receptor = readReceptor(spelling);
  if (!fake.advanced) throw new Refusal(426);
  const template = fake.templates.get(name);
  if (!template?.approved) throw new Refusal(424);
  if (!takesToken(template.text)) throw new Refusal(432);
  checkTokens(form);
  const byCall = form['type'] === 'call' || receptor.kind === 'landline';
  if (byCall && !/^\d+$/.test(token)) throw new Refusal(428);
  checkSending(fake, form, [receptor]);
  const message = fillIn(template.text, form);
  checkCredit(fake, message, 1);

  const [sender, status] = byCall ? ['Call', IN_QUEUE] : [serviceLine(fake), HANDED_OVER];
  const fate = fake.fates.get(receptor.e164) ?? fake.defaultFate;
  return [messageEntry(accept(desk, { receptor: receptor.e164, message, sender, status }, fate))];
}
