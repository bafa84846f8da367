import { InvalidInput } from '../domain-error.js';
import { isLocale } from '../locales/locale.js';

/** A supported locale, in lower case. Case and spaces around it do not matter. @throws InvalidInput "locale" */
export function readLocale(text: string): string {
  const locale = text.trim().toLowerCase();
  if (!isLocale(locale)) throw new InvalidInput('locale');
  return locale;
}
