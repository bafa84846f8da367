import { localeOfCountry } from '../locales/locale.js';

/** A template's `{code}` and `{minutes}` filled in. @throws when it has no place for the code: it would be sent in vain. */
export function renderTemplate(body: string, values: { code: string; minutes: number }): string {
  if (!body.includes('{code}')) throw new Error('The template has no {code}');
  return body.replaceAll('{code}', values.code).replaceAll('{minutes}', String(values.minutes));
}

/** Languages to look for a template in: the caller's, the phone's country's, English. */
export function templateLocales(locale: string, country: string | undefined): string[] {
  return [...new Set([locale, localeOfCountry(country), 'en'])];
}
