import { expect, test } from 'vitest';
import { spokenCode } from './spoken-code.js';

/** What is said, in order, with pauses as `…`. */
const heard = (twiml: string) =>
  [...twiml.matchAll(/<Say voice="([^"]+)" language="([^"]+)">([^<]*)<\/Say>|<Pause length="1"\/>/g)].map(
    ([, , , said]) => said ?? '…',
  );
const languages = (twiml: string) => [...new Set([...twiml.matchAll(/language="([^"]+)"/g)].map(([, one]) => one))];

test('reads our text out, with the digits in pairs, and the digits once more', () => {
  const twiml = spokenCode({ text: 'My Shop: code 482913\nDon’t tell anyone', code: '482913', locale: 'en' });
  const digits = ['4, 8', '…', '2, 9', '…', '1, 3'];
  expect(heard(twiml)).toEqual(['…', 'My Shop: code', ...digits, '…', 'Don’t tell anyone', '…', ...digits]);
  expect(languages(twiml)).toEqual(['en-US']);
  expect(twiml.startsWith('<Response>') && twiml.endsWith('</Response>')).toBe(true);
});

test('begins with the code where the text does, without the dash after it', () => {
  const twiml = spokenCode({ text: '4829137 — ваш код My Shop.', code: '4829137', locale: 'ru' });
  const digits = ['4, 8', '…', '2, 9', '…', '1, 3', '…', '7'];
  expect(heard(twiml)).toEqual(['…', ...digits, '…', 'ваш код My Shop.', '…', ...digits]);
  expect(languages(twiml)).toEqual(['ru-RU']);
});

test.each([
  ['kk', 'ru-RU', 'Ваш код для входа:'],
  ['ky', 'ru-RU', 'Ваш код для входа:'],
  ['fa', 'en-US', 'Your sign-in code is:'],
])('says only a sentence and the digits of a text in %s, which Twilio does not speak', (locale, language, sentence) => {
  const twiml = spokenCode({ text: 'My Shop коды: 4829 Ешкімге айтпаңыз', code: '4829', locale });
  expect(heard(twiml)).toEqual(['…', sentence, '4, 8', '…', '2, 9', '…', '…', '4, 8', '…', '2, 9']);
  expect(languages(twiml)).toEqual([language]);
});

test('a text cannot add TwiML', () => {
  const twiml = spokenCode({ text: 'A & B <Dial>+1</Dial> "C": 482913', code: '482913', locale: 'en' });
  expect(twiml).toContain('>A &amp; B &lt;Dial&gt;+1&lt;/Dial&gt; "C":<');
});

test('a text that is too long for Twilio leaves only a sentence and the digits', () => {
  const twiml = spokenCode({ text: `482913 ${'&'.repeat(1_000)}`, code: '482913', locale: 'en' });
  expect(twiml.length).toBeLessThan(4_000);
  expect(heard(twiml)[1]).toBe('Your sign-in code is:');
});
