import { describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../domain-error.js';
import { recogniseConfirmation } from '../login/whatsapp/login-message.js';
import { LOCALES, type Locale, chooseLocale, localeOfCountry } from './locale.js';
import { type Messages, messagesIn } from './messages.js';

const translated = LOCALES.filter((locale) => locale !== 'en');
const SCRIPTS: Record<Locale, RegExp> = {
  en: /\p{Script=Latin}/u,
  ru: /\p{Script=Cyrillic}/u,
  kk: /\p{Script=Cyrillic}/u,
  ky: /\p{Script=Cyrillic}/u,
  fa: /\p{Script=Arabic}/u,
};

/** Every text of a language by its name, with places filled in. */
function textsOf({ errors, withoutOtherMethod, askToConfirm, ...templates }: Messages): Record<string, string> {
  const plain = Object.fromEntries(
    Object.entries(templates).map(([name, text]) => [name, text.replaceAll(/\{\w+\}/g, '1')]),
  );
  const withoutOther = Object.entries(withoutOtherMethod).map(([code, text]) => [`${code} alone`, text] as const);
  return { ...errors, ...Object.fromEntries(withoutOther), ...plain, askToConfirm: askToConfirm('1', '2', '3') };
}
const names = Object.keys(textsOf(messagesIn('en')));

describe.each(LOCALES)('%s', (locale) => {
  const texts = textsOf(messagesIn(locale));

  test('has every text, and no other', () => {
    expect(Object.keys(texts).toSorted()).toEqual(names.toSorted());
    expect(Object.keys(messagesIn(locale).errors).toSorted()).toEqual(ERROR_CODES.toSorted());
  });

  test.each(names)('%s is a sentence in its own script', (name) => {
    const text = texts[name] ?? '';
    expect(text).toBe(text.trim());
    expect(text.length).toBeGreaterThan(9);
    const letters = text.replaceAll('WhatsApp', '').match(/\p{L}/gu) ?? [];
    expect(letters.filter((letter) => !SCRIPTS[locale].test(letter))).toEqual([]);
  });

  test('asks to confirm with service, device and address', () => {
    const text = messagesIn(locale).askToConfirm('login.example.com', 'Chrome, Android', '203.0.113.7');
    for (const part of ['login.example.com', 'Chrome, Android', '203.0.113.7']) expect(text).toContain(part);
  });

  test('the NO that it asks for is understood', () => {
    const last = messagesIn(locale)
      .askToConfirm('', '', '')
      .split(/[\s.]+/)
      .filter((word) => recogniseConfirmation(word) === 'no');
    expect(last.length).toBeGreaterThan(0);
  });
});

test.each(translated)('%s contains no text in English or in another supported language', (locale) => {
  const texts = textsOf(messagesIn(locale));
  for (const other of LOCALES.filter((one) => one !== locale)) {
    const theirs = textsOf(messagesIn(other));
    expect(names.filter((name) => texts[name] === theirs[name])).toEqual([]);
  }
});

describe('the language is chosen', () => {
  test.each([
    [['ru'], 'ru'],
    [['ru-RU'], 'ru'],
    [['ru_RU.UTF-8'], 'ru'],
    [['KK'], 'kk'],
    [['de-DE,de;q=0.9,fa;q=0.8,en;q=0.7'], 'fa'],
    [[undefined, null, '', 'ky'], 'ky'],
    [['de', 'fa'], 'fa'],
    [['fa', 'ru'], 'fa'],
    [['*'], 'en'],
    [['english'], 'en'],
    [[], 'en'],
    [['x'.repeat(100_000)], 'en'],
  ])('from %j: %s', (candidates, expected) => expect(chooseLocale(...candidates)).toBe(expected));

  test.each([
    ['KZ', 'kk'],
    ['KG', 'ky'],
    ['IR', 'fa'],
    ['RU', 'ru'],
    ['DE', 'en'],
    [undefined, 'en'],
  ])('by the country %s: %s', (country, expected) => expect(localeOfCountry(country)).toBe(expected));
});
