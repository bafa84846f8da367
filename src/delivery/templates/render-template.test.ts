import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Template, renderTemplate, templateLocales } from './render-template.js';

const VALUES = { code: '042137', minutes: 5, service: 'Acme' };
const template = (body: string): Template => ({ channel: '*', locale: 'en', body, providerTemplate: undefined });
const bodyOf = (body: string, values = VALUES, host?: string) => renderTemplate(template(body), values, host).body;
/** Any text around the placeholders. */
const piece = fc.string().map((text) => text.replaceAll(/\{(code|minutes|service)\}/g, ''));

describe('a template', () => {
  test('is filled in for every occurrence of a placeholder', () => {
    expect(bodyOf('{code} works {minutes} min. @host #{code}')).toBe('042137 works 5 min. @host #042137');
  });

  test('names the service, whose title is not searched for placeholders', () => {
    expect(bodyOf('{service}: {code}')).toBe('Acme: 042137');
    expect(bodyOf('{service}: {code}', { ...VALUES, service: '{code} $& {minutes}' })).toBe(
      '{code} $& {minutes}: 042137',
    );
  });

  test('keeps every other character', () => {
    fc.assert(
      fc.property(piece, piece, fc.stringMatching(/^\d{4,8}$/), (before, after, code) => {
        expect(bodyOf(`${before} {code} ${after}`, { ...VALUES, code })).toBe(`${before} ${code} ${after}`);
      }),
    );
    expect(bodyOf("$& $' {Code} {code}", { ...VALUES, code: '1' })).toBe("$& $' {Code} 1");
  });

  test.each(['', 'Your code is on its way', '{ code }', '{CODE}', '{minutes}'])(
    'has no body to send without a placeholder for the code: "%s"',
    (body) => {
      expect(bodyOf(body)).toBeUndefined();
      // The last line does not count: it is for the browser, not for the user.
      expect(bodyOf(body, VALUES, 'app.example.com')).toBeUndefined();
    },
  );

  test.for([
    ['*', 'en', undefined, '*/en'],
    ['kavenegar-verify', 'fa', 'login-fa', 'kavenegar-verify/fa'],
  ] as const)(
    'of %s in %s has its name for the log, with and without a body',
    ([channel, locale, providerTemplate, name]) => {
      for (const body of ['{code}', 'nothing']) {
        expect(renderTemplate({ channel, locale, body, providerTemplate }, VALUES)).toMatchObject({
          template: name,
          locale,
          providerTemplate,
        });
      }
    },
  );
});

describe('the last line for browsers', () => {
  test('is the host and the code with one space in between, and nothing follows it', () => {
    expect(bodyOf('Code: {code}', VALUES, 'app.example.com')).toBe('Code: 042137\n@app.example.com #042137');
  });

  test('is the last line after any body', () => {
    fc.assert(
      fc.property(piece, piece, (before, after) => {
        const body = bodyOf(`${before}{code}${after}`, VALUES, 'app.example.com');
        expect(body?.split('\n').at(-1)).toBe('@app.example.com #042137');
      }),
    );
  });

  test('is added only with a host', () => {
    expect(bodyOf('{code}')).toBe('042137');
  });
});

describe('the language of a message', () => {
  test.each([
    ['ru', 'KZ', ['ru', 'kk', 'en']],
    ['kk', 'KZ', ['kk', 'en']],
    ['en', 'IR', ['en', 'fa']],
    ['en', undefined, ['en']],
    ['de', 'DE', ['de', 'en']],
  ])("%s to %s: the caller's, the country's, English, each once", (locale, country, expected) => {
    expect(templateLocales(locale, country)).toEqual(expected);
  });
});
