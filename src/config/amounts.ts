import { type CountryCode, isSupportedCountry } from 'libphonenumber-js/max';
import { z } from 'zod';
import { CHANNEL_NAMES, isChannelName } from '../delivery/channels/channel-list.js';

// Amounts by channel or country: `KEY=AMOUNT;…`.

/** An amount in US dollars, with at most six decimals. */
const DOLLARS = /^\d{1,6}(\.\d{1,6})?$/;

/** The parts `KEY=AMOUNT` of a value; a part without both is reported. */
function readAmounts(value: string, amount: RegExp, report: (part: string) => void): Map<string, number> {
  const parts = value.split(';').filter((text) => text.trim() !== '');
  return new Map(
    parts.flatMap((part): [string, number][] => {
      const [key = '', written = '', ...rest] = part.split('=').map((text) => text.trim());
      if (key !== '' && rest.length === 0 && amount.test(written)) return [[key, Number(written)]];
      report(part.trim());
      return [];
    }),
  );
}

/** US dollars for all messages of a day. */
export const dollars = (fallback: number) =>
  z.string().regex(DOLLARS, 'must be US dollars, such as 20 or 2.50').transform(Number).default(fallback);

/** Prices in US dollars by channel, or by channel and country: `kavenegar-sms=0.004;green-api/KG=0.02`. */
export const messagePrices = z
  .string()
  .default('')
  .transform((value, context) => {
    const prices = readAmounts(value, DOLLARS, (part) =>
      context.addIssue(`"${part}" is not a price. Write it as kavenegar-sms=0.004 or green-api/KG=0.02`),
    );
    for (const key of prices.keys()) {
      const [channel = '', country, ...rest] = key.split('/');
      if (!isChannelName(channel))
        context.addIssue(`"${channel}" is not a channel. The channels are ${CHANNEL_NAMES.join(', ')}`);
      if (rest.length > 0 || (country !== undefined && !isSupportedCountry(country)))
        context.addIssue(`"${key}" names no country after the slash. Write two capital letters, such as green-api/KG`);
    }
    return prices;
  });

const COUNT = /^\d{1,9}$/;

/** Numbers of messages for all countries, `20`, or by country: `KZ=500;*=20`. */
export const messagesByCountry = (fallback: number) =>
  z
    .string()
    .default(`${fallback}`)
    .transform((value, context) => {
      const written = COUNT.test(value.trim()) ? `*=${value}` : value;
      const counts = readAmounts(written, COUNT, (part) =>
        context.addIssue(`"${part}" is not a number of messages. Write one for all or by country: KZ=500;*=20`),
      );
      for (const [key, count] of counts) {
        if (key !== '*' && !isSupportedCountry(key))
          context.addIssue(`"${key}" is neither a country code such as KZ nor *`);
        if (count < 1)
          context.addIssue(
            `"${key}=${count}" must be 1 at least. To stop messages to a country, leave it out of ALLOWED_COUNTRIES`,
          );
      }
      return new Map<CountryCode | '*', number>([['*', fallback], ...(counts as Map<CountryCode | '*', number>)]);
    });

/** Numbers of messages by channel: `green-api=2000;*=10000`. */
export const messagesByChannel = z
  .string()
  .default('')
  .transform((value, context) => {
    const counts = readAmounts(value, COUNT, (part) =>
      context.addIssue(`"${part}" is not a number of messages. Write it as green-api=2000;*=10000`),
    );
    for (const [key, count] of counts) {
      if (key !== '*' && !isChannelName(key))
        context.addIssue(`"${key}" is neither a channel nor *. The channels are ${CHANNEL_NAMES.join(', ')}`);
      if (count < 1)
        context.addIssue(`"${key}=${count}" must be 1 at least. To stop a channel, leave it out of DELIVERY_ROUTES`);
    }
    return counts;
  });
