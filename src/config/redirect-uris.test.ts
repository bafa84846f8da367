import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readConfig } from './config.js';
import { isAllowedRedirect, redirectProblem } from './redirect-uris.js';

const LISTED = ['https://app.example.com/signed-in', 'https://shop.example.com', 'com.example.app:/login'];
const PRODUCTION = { production: true, redirectUris: LISTED };
const DEVELOPMENT = { production: false, redirectUris: LISTED };

describe('on the list can be', () => {
  test.each([
    'https://app.example.com',
    'https://app.example.com/',
    'https://app.example.com/a/b?c=d&e',
    'https://app.example.com:8443/in',
    'https://app.example.com/caf%C3%A9?',
    'https://xn--e1afmkfd.example/in',
    'https://app.example.com/@me',
    'http://localhost:3000',
    'http://127.0.0.1:51004/callback',
    'http://[::1]/callback',
    'com.example.app:/login',
    'com.example.app://login',
    'kz.a-b.app2:/',
  ])('%s', (uri) => {
    expect(redirectProblem(uri)).toBeUndefined();
    expect(isAllowedRedirect(uri, { production: true, redirectUris: [uri] })).toBe(true);
  });
});

describe('not on the list can be', () => {
  test.each([
    ['', 'is not an absolute URI'],
    ['/signed-in', 'is not an absolute URI'],
    ['//app.example.com/in', 'is not an absolute URI'],
    ['app.example.com/in', 'is not an absolute URI'],
    ['https://', 'is not an absolute URI'],
    ['https://app.example.com:99999/', 'is not an absolute URI'],
    ['http://app.example.com/in', 'not https'],
    ['http://localhost.evil.example/', 'not https'],
    ['http://127.0.0.1.evil.example/', 'not https'],
    ['http://0.0.0.0/', 'not https'],
    ['http://10.0.0.1/', 'not https'],
    ['ftp://app.example.com/in', 'scheme'],
    ['javascript:alert(1)', 'scheme'],
    ['data:text/html,hello', 'scheme'],
    ['app:/login', 'scheme'],
    ['com.example.app:login', 'scheme'],
    ['com.example.app:', 'scheme'],
    ['https://app.example.com/in#', 'fragment'],
    ['https://app.example.com/in#a', 'fragment'],
    ['com.example.app:/login#a', 'fragment'],
    ['https://user@app.example.com/in', 'user or a password'],
    ['https://user:word@app.example.com/in', 'user or a password'],
    ['http://localhost@evil.example/', 'user or a password'],
    ['https://app.example.com\\@evil.example/', 'characters'],
    ['https://*.example.com/in', '*'],
    ['https://app.example.com/*', '*'],
    ['https://app.example.com/a b', 'characters'],
    ['https://app.example.com/\tin', 'characters'],
    ['https://app.example.com/in\n', 'characters'],
    ['https://app.example.com/\0', 'characters'],
    ['https://пример.example/in', 'characters'],
    ['https://app.example.com/"', 'characters'],
    ['HTTPS://app.example.com/in', 'https://app.example.com/in'],
    ['https://APP.example.com/in', 'https://app.example.com/in'],
    ['https://app.example.com:443/in', 'https://app.example.com/in'],
    ['https://app.example.com/a/../in', 'https://app.example.com/in'],
    ['https://app.example.com/%2e%2e/in', 'https://app.example.com/in'],
    ['https:app.example.com/in', 'https://app.example.com/in'],
    ['https:///app.example.com/in', 'https://app.example.com/in'],
    ['https://@app.example.com/in', 'https://app.example.com/in'],
    ['https://app.example.com?a', 'https://app.example.com/?a'],
    ['http://127.1/', 'http://127.0.0.1/'],
    ['http://2130706433/', 'http://127.0.0.1/'],
    ['https://app.example.com/in?code=1', '"code"'],
    ['https://app.example.com/in?a&state', '"state"'],
    ['https://app.example.com/in?c%6Fde=1', '"code"'],
    [`https://app.example.com/${'a'.repeat(2_000)}`, 'longer'],
  ])('%j', (uri, why) => expect(redirectProblem(uri)).toContain(why));
});

describe('in the configuration', () => {
  const problems = (value: string) => readConfig({ REDIRECT_URIS: value }).problems;

  test('each wrong URI is reported with how to fix it', () => {
    expect(problems('https://a.example.com/in,http://a.example.com/in, https://A.example.com/in')).toEqual([
      'REDIRECT_URIS names "http://a.example.com/in", which is not https: http is allowed for localhost, 127.0.0.1 and [::1] only',
      'REDIRECT_URIS names "https://A.example.com/in", which is written differently by browsers: write it as https://a.example.com/in',
    ]);
  });

  test.each(['https://user:hidden@app.example.com/in', 'user:hidden@app.example.com', 'https://u:hi@hidden@[/#'])(
    'a password is not shown in the message: %s',
    (uri) => {
      expect(problems(uri)).toHaveLength(1);
      expect(problems(uri).join()).not.toMatch(/hidden|user:|u:hi/);
    },
  );
});

describe('in production', () => {
  test.each(LISTED)('%s is allowed, because it is listed', (uri) =>
    expect(isAllowedRedirect(uri, PRODUCTION)).toBe(true),
  );

  test.each([
    'https://app.example.com/signed-in/',
    'https://app.example.com/signed-in?',
    'https://app.example.com/signed-in#',
    'https://app.example.com/signed-in/../signed-in',
    'https://app.example.com/Signed-in',
    'https://APP.example.com/signed-in',
    'https://app.example.com:443/signed-in',
    ' https://app.example.com/signed-in',
    'https://app.example.com/signed-in\n',
    'https://shop.example.com/',
    'http://localhost:3000/',
    'http://127.0.0.1/',
    '',
  ])('%j is not allowed', (uri) => expect(isAllowedRedirect(uri, PRODUCTION)).toBe(false));
});

describe('in development', () => {
  test.each([
    ...LISTED,
    'http://localhost',
    'http://localhost:5173/',
    'https://localhost:5173/signed-in?from=here',
    'http://127.0.0.1:8080/a/b',
    'http://[::1]:3000/cb',
    'http://localhost//evil.example/',
    'http://localhost/@evil.example/',
  ])('%s is allowed', (uri) => expect(isAllowedRedirect(uri, DEVELOPMENT)).toBe(true));

  test.each([
    'http://localhost@evil.example/',
    'http://localhost:3000@evil.example/',
    'http://user@localhost/',
    'http://localhost.evil.example/',
    'http://localhost.',
    'http://evil.example/localhost',
    'http://evil.example\\@localhost/',
    'http://localhost\\@evil.example/',
    'http:\\\\localhost/',
    'http:/localhost/',
    'http:localhost/',
    '//localhost/',
    'HTTP://localhost/',
    'http://LOCALHOST/',
    'http://localhost/#a',
    'http://localhost/\r\nlocation: x',
    'http://local\thost/',
    ' http://localhost/',
    'http://localhost /',
    'http://127.0.0.1.nip.example/',
    'http://127.1/',
    'http://0/',
    'http://0.0.0.0/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://ⓛocalhost/',
    'http://localhost/?code=theirs',
    'ws://localhost/',
    'javascript://localhost/%0aalert(1)',
    'com.evil.app:/login',
    'com.evil.app://localhost/http:',
    'https://evil.example/',
  ])('%j is not allowed', (uri) => expect(isAllowedRedirect(uri, DEVELOPMENT)).toBe(false));
});

describe('for any URI', () => {
  /** Pieces that parsers read in different ways. */
  const pieces = fc.constantFrom(
    ...'http https HTTP javascript : / // \\ @ # ? . %2f %00 %40 [ ] [::1] 127.0.0.1 localhost LOCALHOST'.split(' '),
    ...'evil.example .evil.example :80 :3000 :99999 user code=x & = \t \n \r \0 \u00AD \u3002 \uFF0F \uD800'.split(' '),
    ' ',
    ...LISTED,
  );
  const anything = fc.oneof(
    fc.array(pieces, { maxLength: 9 }).map((parts) => parts.join('')),
    fc
      .tuple(
        fc.constantFrom('http://', 'http://localhost', 'https://127.0.0.1', 'http://[::1]'),
        fc.array(pieces, { maxLength: 6 }),
      )
      .map(([scheme, parts]) => `${scheme}${parts.join('')}`),
    fc.tuple(fc.constantFrom(...LISTED), fc.string({ unit: 'binary', maxLength: 3 })).map((parts) => parts.join('')),
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    fc.string({ unit: 'binary' }),
  );

  test('in production only listed URIs are allowed', () => {
    fc.assert(
      fc.property(anything, (uri) => isAllowedRedirect(uri, PRODUCTION) === LISTED.includes(uri)),
      { numRuns: 20_000 },
    );
  });

  test('development also allows URIs on the local machine and no others, with every URL parser', () => {
    let local = 0;
    fc.assert(
      fc.property(anything, (uri) => {
        if (!isAllowedRedirect(uri, DEVELOPMENT) || LISTED.includes(uri)) return;
        local += 1;
        // As browsers parse it, and as a parser does that follows only RFC 3986, appendix B.
        expect(new URL(uri).hostname).toMatch(/^(localhost|127\.0\.0\.1|\[::1\])$/);
        const [, scheme, , authority = ''] = /^([^:/?#]+):(\/\/([^/?#]*))?/.exec(uri) ?? [];
        expect(scheme).toMatch(/^https?$/);
        expect(authority).toMatch(/^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/);
        expect(uri).toMatch(/^[\x21-\x7E]+$/);
        expect(uri).not.toMatch(/[\\#]/);
      }),
      { numRuns: 20_000 },
    );
    expect(local).toBeGreaterThan(100);
  });
});
