import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { countSegments } from '../segments.js';
import type { Channel, Message, Receipt } from '../channel.js';
import { isFailed } from '../http.js';
import { type HttpClient, createHttpClient } from './client.js';
import type { HttpChannelSettings } from './definition.js';
import { fillPointer } from './fill-in.js';
import { parseAnswer, textAt } from './read-value.js';
import { receiptOf, resultOf } from './results.js';

const STATUS_TIMEOUT_MS = 5_000;
/** One request a message, so this many run at the same time. */
const PARALLEL_REQUESTS = 20;

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
    carriesNotifications: false,
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
          async receiptsOf(ids: string[]) {
            const found = new Map<string, Receipt>();
            for (let from = 0; from < ids.length; from += PARALLEL_REQUESTS) {
              await Promise.all(
                ids.slice(from, from + PARALLEL_REQUESTS).map(async (id) => {
                  const answer = await client.call(poll.request, { id }, AbortSignal.timeout(STATUS_TIMEOUT_MS));
                  if (isFailed(answer) || answer.status !== 200) return; // the next poll asks again
                  const receipt = receiptOf(
                    textAt(parseAnswer(answer.text), fillPointer(poll.status, { id })),
                    poll.values,
                  );
                  if (receipt) found.set(id, receipt);
                }),
              );
            }
            return found;
          },
        }
      : {}),
  };
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
