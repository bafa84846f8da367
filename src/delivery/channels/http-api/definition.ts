import { type CountryCode, isSupportedCountry } from 'libphonenumber-js/max';
import { z } from 'zod';
import type { SendFailure } from '../channel.js';
import type { Values } from './fill-in.js';

const FAILURES = [
  'invalid_number',
  'not_on_channel',
  'rate_limited',
  'authentication',
  'insufficient_credit',
  'template_rejected',
  'sender_rejected',
  'account_restricted',
  'channel_down',
  'unknown',
] as const satisfies readonly SendFailure[];
const STATUSES = ['ACCEPTED', 'SENT', 'DELIVERED', 'READ', 'UNDELIVERED', 'FAILED'] as const;

/** A path into an answer, as JSON Pointer writes it (RFC 6901): `/data/0/status`, or `/sms/{phoneDigits}/id`. XML is read as if it were JSON. */
const pointer = z.string().regex(/^(\/[^/]*)+$/, 'must be a JSON pointer, such as /data/id');
const values = <const T extends readonly [string, ...string[]]>(words: T) => z.record(z.string(), z.enum(words));

/** A request: exactly one form of body, or none. Texts contain placeholders such as `{phone}`. */
const request = z
  .strictObject({
    url: z
      .string()
      .regex(
        /^https?:\/\/[^{}\s/?#@]+([/?]\S*)?$/,
        'must be a URL that begins with https:// or http://, with placeholders after its host only',
      ),
    method: z.enum(['GET', 'POST', 'PUT']).default('POST'),
    headers: z.record(z.string().regex(/^[\w-]+$/), z.string()).default({}),
    json: z.json().optional(),
    form: z.record(z.string(), z.string()).optional(),
    xml: z.string().optional(),
    /** The header with an HMAC-SHA-256 of the body, `sha256=<hex>`, for an endpoint of the operator's own. */
    signature: z.strictObject({ header: z.string().regex(/^[\w-]+$/), secret: z.string() }).optional(),
  })
  .refine(
    ({ json, form, xml, method }) =>
      [json, form, xml].filter((body) => body !== undefined).length <= (method === 'GET' ? 0 : 1),
    'must have at most one of json, form and xml, and none of them with GET',
  );

const country = z.string().refine((code): code is CountryCode => isSupportedCountry(code), 'is not a country code');

/** What a file of HTTP_CHANNELS_FOLDER describes. */
export const HTTP_DEFINITION = z
  .strictObject({
    countries: z.array(country).min(1).optional(),
    price: z.strictObject({
      currency: z.literal('USD'),
      amounts: z
        .record(
          z.string().regex(/^([A-Z]{2}|\*)$/),
          z.string().regex(/^\d{1,6}(\.\d{1,6})?$/, 'must be an amount, such as "0.04"'),
        )
        .refine((amounts) => '*' in amounts, 'must have the price "*" of all other countries'),
    }),
    /** A request for a token, which is kept for this many seconds and sent as `{token}`. */
    token: z.strictObject({ request, pointer, seconds: z.int().min(10).max(2_592_000) }).optional(),
    send: z.strictObject({
      request,
      /** Which answers accept the message. Default: every status of 200 to 299. */
      success: z
        .strictObject({
          status: z.array(z.int().min(200).max(299)).min(1).optional(),
          pointer: pointer.optional(),
          /** As text, whatever the answer has: `true` and "true" are the same. */
          equals: z
            .array(z.union([z.string(), z.number(), z.boolean()]).transform(String))
            .min(1)
            .optional(),
        })
        .refine(
          ({ pointer, equals }) => equals === undefined || pointer !== undefined,
          'needs pointer where it has equals',
        )
        .default({}),
      id: pointer.optional(),
      /** With several pointers, the first that has a value counts. */
      errors: z
        .strictObject({ pointer: z.union([pointer, z.array(pointer).min(1)]), values: values(FAILURES) })
        .optional(),
    }),
    receipts: z
      .strictObject({
        /** One request a message, with `{id}`. */
        poll: z.strictObject({ request, status: pointer, values: values(STATUSES) }).optional(),
        /** Reports to /api/webhooks/http/<name>/<secret>. */
        webhook: z
          .strictObject({ secret: z.string(), id: pointer, status: pointer, values: values(STATUSES) })
          .optional(),
      })
      .default({}),
    /** A request that shows the credit, for `phonegate providers account` and the doctor. */
    account: z.strictObject({ request, credit: pointer, low: z.number().min(0).default(0) }).optional(),
  })
  .refine(({ send, receipts }) => send.id !== undefined || (!receipts.poll && !receipts.webhook), {
    path: ['send', 'id'],
    message: 'must say where the answer has the ID of the message, because receipts name it',
  });

export type HttpDefinition = z.output<typeof HTTP_DEFINITION>;
export type HttpRequest = z.output<typeof request>;

/** A channel of HTTP_CHANNELS. */
export interface HttpChannelSettings {
  name: string;
  definition: HttpDefinition;
  /** By the name of its placeholder, such as `secret.apiKey`. */
  secrets: Values;
}
