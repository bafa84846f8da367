import type { Context, KavenegarMessage } from '../simulator.js';
import { type Form, readSpan, required, requiredLongs } from '../read-fields.js';
import { readReceptor, receptorOf } from '../receptor.js';
import { UNKNOWN, statusText } from '../statuses.js';

const MOST_IDS = 500;
const HOUR = 3_600_000;

/** Messages of the last 48 hours. An older ID, an unknown one or one of another account has status 100. */
export function status({ simulator, clock }: Context, form: Form): object {
  const since = clock.now() - 48 * HOUR;
  return requiredLongs(form, 'messageid', MOST_IDS).map((messageid) => {
    const message = simulator.messages.find((message) => message.messageid === messageid && message.at >= since);
    return { messageid, ...statusFields(message) };
  });
}

/** Messages of the last 12 hours. The messageid of an unknown localid is not documented; it is 0 here. */
export function statusLocalMessageId({ simulator, clock }: Context, form: Form): object {
  const since = clock.now() - 12 * HOUR;
  return requiredLongs(form, 'localid', MOST_IDS).map((localid) => {
    const message = simulator.messages.find((message) => message.localid === localid && message.at >= since);
    return { messageid: message?.messageid ?? '0', localid, ...statusFields(message) };
  });
}

/** Messages to a phone within one day. */
export function statusByReceptor({ simulator }: Context, form: Form): object {
  const { e164 } = readReceptor(required(form, 'receptor'));
  const [from, to] = readSpan(form);
  return simulator.messages
    .filter(({ receptor, at }) => receptor === e164 && at >= from && at <= to)
    .map((message) => ({ messageid: message.messageid, receptor: receptorOf(e164), ...statusFields(message) }));
}

function statusFields(message: KavenegarMessage | undefined): { status: number; statustext: string } {
  const { status } = message ?? { status: UNKNOWN };
  return { status, statustext: statusText(status) };
}
