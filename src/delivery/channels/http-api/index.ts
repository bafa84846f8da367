import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { receiptsOneByOne } from '../receipts-one-by-one.js';
import { countSegments } from '../segments.js';
import type { Channel, Message } from '../channel.js';
import { isFailed } from '../http.js';
import { type HttpClient, createHttpClient } from './client.js';
import type { HttpChannelSettings, HttpDefinition } from './definition.js';
import { fillPointer, placeholdersIn } from './fill-in.js';
import { parseAnswer, textAt } from './read-value.js';
import { receiptOf, resultOf } from './results.js';

/** A provider that the configuration describes: its requests, and the meaning of its answers (docs/decisions/0069). */
export function createHttpChannel(
  { name, definition, secrets }: HttpChannelSettings,
  client: HttpClient = createHttpClient(definition, { secrets }),
): Channel {
  const { send, receipts, countries } = definition;
  const { poll, webhook } = receipts;

  return {
    name: `http:${name}`,
    serves: (country) => countries === undefined || (country !== undefined && countries.includes(country)),
    carriesNotifications: contentOf(definition).carriesNotifications,
    hasReceipts: poll !== undefined || webhook !== undefined,
    isIdempotent: false,
    async send(message, signal) {
      const values = valuesOf(message);
      const answer = await client.call(send.request, values, signal);
      if (isFailed(answer)) return answer;
      const result = resultOf(answer, send, values);
      return result.outcome === 'accepted' ? { ...result, segments: countSegments(message.text).segments } : result;
    },
    ...(poll
      ? {
          receiptsOf: (ids: string[]) =>
            receiptsOneByOne(ids, async (id, signal) => {
              const answer = await client.call(poll.request, { id }, signal);
              if (isFailed(answer) || answer.status !== 200) return undefined;
              return receiptOf(textAt(parseAnswer(answer.text), fillPointer(poll.status, { id })), poll.values);
            }),
        }
      : {}),
  };
}

/** What its messages are: our text, or one that the provider has approved, which always contains a code. */
export function contentOf({ send }: Pick<HttpDefinition, 'send'>) {
  const placeholders = placeholdersIn(send.request);
  const bindsCode = placeholders.includes('text');
  return { bindsCode, carriesNotifications: bindsCode && !placeholders.includes('code') };
}

/** What a request for a message can contain. */
export const MESSAGE_PLACEHOLDERS = [
  'phone',
  'phoneDigits',
  'nationalDigits',
  'code',
  'text',
  'locale',
  'attemptId',
  'deliveryId',
  'shortId',
] as const;

function valuesOf({ phone, code, text, locale = 'en', attemptId, deliveryId }: Message) {
  return {
    phone,
    phoneDigits: phone.slice(1),
    nationalDigits: parsePhoneNumberFromString(phone)?.nationalNumber ?? phone.slice(1),
    code,
    text,
    locale,
    attemptId,
    deliveryId,
    // The random end of the UUID, for providers that take 12 characters.
    shortId: deliveryId.slice(-12),
  } satisfies Record<(typeof MESSAGE_PLACEHOLDERS)[number], string>;
}
