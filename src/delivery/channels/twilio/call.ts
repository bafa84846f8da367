import type { Channel } from '../channel.js';
import { receiptsOneByOne } from '../receipts-one-by-one.js';
import type { Twilio } from './client.js';
import { NOT_REACHED, callbackUrl, readReceipt, readSent } from './index.js';
import { spokenCode } from './spoken-code.js';

/** Seconds that the phone rings. A mailbox usually answers later (twilio.com/docs/voice/api/call-resource, Timeout). */
const RING_SECONDS = '20';

/** Calls the phone and reads the code out (twilio.com/docs/voice/api/call-resource). See docs/decisions/0074. */
export function createTwilioCall(deps: {
  twilio: Twilio;
  callFrom: string | undefined;
  publicUrl: string | undefined;
}): Channel | undefined {
  const { twilio, callFrom, publicUrl } = deps;
  if (!callFrom) return undefined;
  return {
    name: 'twilio-call',
    serves: (country) => !NOT_REACHED.includes(country ?? ''),
    carriesNotifications: false,
    hasReceipts: true,
    isIdempotent: false,
    async send(message, signal) {
      const callback = publicUrl && callbackUrl(publicUrl, message.deliveryId);
      const form: [string, string][] = [
        ['To', message.phone],
        ['From', callFrom],
        ['Twiml', spokenCode(message)],
        ['Timeout', RING_SECONDS],
        ...(callback
          ? ([
              ['StatusCallback', callback],
              ['StatusCallbackEvent', 'answered'],
              ['StatusCallbackEvent', 'completed'],
            ] as [string, string][])
          : []),
      ];
      return readSent(await twilio.call('Calls.json', form, signal));
    },
    receiptsOf: (ids) => receiptsOneByOne(ids, async (id, signal) => readReceipt(twilio, `Calls/${id}`, signal)),
  };
}
