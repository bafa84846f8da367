import { localeOfCountry } from '../../locales/locale.js';

/** A row of sms_templates. */
export interface Template {
  /** `*` is for every channel. */
  channel: string;
  locale: string;
  body: string;
  providerTemplate: string | undefined;
}

/** A template with its placeholders filled in. */
export interface RenderedTemplate {
  /** Undefined when the template has no placeholder for the code, because a message without the code is useless. */
  body: string | undefined;
  /** `<channel>/<locale>`, for the log. */
  template: string;
  locale: string;
  providerTemplate: string | undefined;
}

/**
 * Fills in `{code}`, `{minutes}` and `{service}`. With a host, the last line binds the code to that host, so that browsers
 * offer the code only on that site (WICG, origin-bound one-time codes).
 */
export function renderTemplate(
  { channel, locale, body, providerTemplate }: Template,
  { code, minutes, service }: { code: string; minutes: number; service: string },
  webOtpHost?: string,
): RenderedTemplate {
  const origin = webOtpHost ? `\n@${webOtpHost} #{code}` : '';
  return {
    body: body.includes('{code}') ? fillIn(body + origin, { code, minutes: String(minutes), service }) : undefined,
    template: `${channel}/${locale}`,
    locale,
    providerTemplate,
  };
}

/** Replaces each `{name}` in the body of a template by its value. Values are not searched for names. */
export function fillIn(body: string, values: Record<string, string>): string {
  return body.replaceAll(/\{(\w+)\}/g, (placeholder, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : placeholder,
  );
}

/** The locales in which to look for a template, in order: the caller's, that of the phone's country, English. */
export function templateLocales(locale: string, country: string | undefined): string[] {
  return [...new Set([locale, localeOfCountry(country), 'en'])];
}
