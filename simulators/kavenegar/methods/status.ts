import type { Desk, KavenegarMessage } from '../fake-kavenegar.js';
import { type Form, readSpan, required, requiredLongs } from '../fields.js';
import { readReceptor, receptorOf } from '../receptor.js';
import { UNKNOWN, statusText } from '../statuses.js';

const MOST_IDS = 500;
const HOUR = 3_600_000;

/** 48 hours back. An id of nobody, of somebody else or from before is no error: its status is 100. */
export function status({ fake, clock }: Desk, form: Form): object {
  const since = clock.now() - 48 * HOUR;
  return requiredLongs(form, 'messageid', MOST_IDS).map((messageid) => {
    const message = fake.messages.find((message) => message.messageid === messageid && message.at >= since);
    return { messageid, ...told(message) };
  });
}

/** 12 hours back. Which messageid stands beside an unknown localid is not documented: 0 here. */
export function statusLocalMessageId({ fake, clock }: Desk, form: Form): object {
  const since = clock.now() - 12 * HOUR;
  return requiredLongs(form, 'localid', MOST_IDS).map((localid) => {
    const message = fake.messages.find((message) => message.localid === localid && message.at >= since);
    return { messageid: message?.messageid ?? '0', localid, ...told(message) };
  });
}

/** What went to a phone within a day at the most. */
export function statusByReceptor({ fake }: Desk, form: Form): object {
  const { e164 } = readReceptor(required(form, 'receptor'));
  const [from, to] = readSpan(form);
  return fake.messages
    .filter(({ receptor, at }) => receptor === e164 && at >= from && at <= to)
    .map((message) => ({ messageid: message.messageid, receptor: receptorOf(e164), ...told(message) }));
}

function told(message: KavenegarMessage | undefined): { status: number; statustext: string } {
  const { status } = message ?? { status: UNKNOWN };
  return { status, statustext: statusText(status) };
}
