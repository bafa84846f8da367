import type { Phone } from './parse-phone.js';
import { countryOf } from './phone-country.js';

/**
 * The phone of a WhatsApp account, from its digits. They differ from E.164 in Mexico (a `1` after the country code) and
 * in Brazil (older accounts lack the ninth digit). In all other countries they are E.164 without `+`. Source: Green
 * API's FAQ on numbers.
 */
export function phoneFromWhatsApp(digits: string): Phone {
  const canonical = digits.replace(/^521(?=\d{10}$)/, '52').replace(/^55(\d\d)(?=[6-9]\d{7}$)/, '55$19');
  return { e164: `+${canonical}`, country: countryOf(`+${canonical}`) };
}

/** The digits by which WhatsApp knows a phone. The number does not show whether an account in Brazil is an old one. */
export function whatsAppDigits(e164: string): string {
  return e164.slice(1).replace(/^52(?=\d{10}$)/, '521');
}
