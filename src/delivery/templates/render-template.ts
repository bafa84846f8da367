import { localeOfCountry } from '../../locales/locale.js';

/** A template as it stands in the table. */
export interface Template {
  /** `*` serves every channel. */
  channel: string;
  locale: string;
  body: string;
  providerTemplate: string | undefined;
}

/** A message's text. No body: the template has no place for the code, and would be sent in vain. */
export interface Text {
  body: string | undefined;
  /** For the log: which template it was. */
  template: string;
  locale: string;
  providerTemplate: string | undefined;
}

/**
 * A template's `{code}` and `{minutes}` filled in. With a host, the last line binds the code to it, so that browsers offer
 * it on that site only (WICG, origin-bound one-time codes).
 */
export function renderTemplate(
  { channel, locale, body, providerTemplate }: Template,
  values: { code: string; minutes: number },
  webOtpHost?: string,
): Text {
  const origin = webOtpHost ? `\n@${webOtpHost} #{code}` : '';
  return {
    body: body.includes('{code}')
      ? fillIn(body + origin, { code: values.code, minutes: String(values.minutes) })
      : undefined,
    template: `${channel}/${locale}`,
    locale,
    providerTemplate,
  };
}

/** A text with `{name}` replaced by what each name stands for. */
export function fillIn(text: string, values: Record<string, string>): string {
  return Object.entries(values).reduce((filled, [name, value]) => filled.replaceAll(`{${name}}`, value), text);
}

/** Languages to look for a template in: the caller's, the phone's country's, English. */
export function templateLocales(locale: string, country: string | undefined): string[] {
  return [...new Set([locale, localeOfCountry(country), 'en'])];
}
