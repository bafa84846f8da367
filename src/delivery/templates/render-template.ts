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
 * Fills in `{code}`, `{minutes}` and `{service}`. The last line lets the client read the code: with a host, browsers offer the code on
 * that site only (WICG, origin-bound one-time codes); with a hash, Android passes the message to the app that has it (SMS Retriever).
 */
export function renderTemplate(
  { channel, locale, body, providerTemplate }: Template,
  { code, minutes, service }: { code: string; minutes: number; service: string },
  reader?: string | { appHash: string },
): RenderedTemplate {
  const lastLine = typeof reader === 'object' ? `\n${reader.appHash}` : reader ? `\n@${reader} #{code}` : '';
  return {
    body: body.includes('{code}') ? fillIn(body + lastLine, { code, minutes: String(minutes), service }) : undefined,
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
