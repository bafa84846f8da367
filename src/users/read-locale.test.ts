import { describe, expect, test } from 'vitest';
import { readLocale } from './read-locale.js';

const INVALID = expect.objectContaining({ code: 'INVALID_INPUT', field: 'locale' });

describe('readLocale', () => {
  test.each(['en', ' RU ', 'Kk', 'ky', 'fa'])('reads %j in any case and with spaces around it', (text) =>
    expect(readLocale(text)).toBe(text.trim().toLowerCase()),
  );
  test.each(['', 'de', 'ru-RU', 'en_US', 'toString', '__proto__'])('refuses %j', (text) =>
    expect(() => readLocale(text)).toThrow(INVALID),
  );
});
