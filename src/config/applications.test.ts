import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PERMITTED } from '../../test/support/config.js';
import { isAllowedRedirect } from './applications.js';
import { readConfig } from './config.js';

const LISTED = ['https://app.example.com/signed-in', 'https://shop.example.com', 'com.example.app:/login'];
const OTHER = 'https://other.example.com/in';
const applications = new Map([
  ['app', LISTED],
  ['other', [OTHER]],
]);
const PRODUCTION = { production: true, applications };
const DEVELOPMENT = { production: false, applications };

const isAllowed = (redirectUri: string, config: typeof PRODUCTION) =>
  isAllowedRedirect({ clientId: 'app', redirectUri }, config);

describe('in the configuration', () => {
  const read = (value: string) => readConfig({ ...PERMITTED, APPLICATIONS: value });
  const problems = (value: string) => read(value).problems;

  test('each application has an id and its own URIs', () => {
    const { config } = read(
      ' shop = https://a.example.com/in?b=c , https://a.example.com/d;; app=com.example.app:/in; ',
    );
    expect([...(config?.applications ?? [])]).toEqual([
      ['shop', ['https://a.example.com/in?b=c', 'https://a.example.com/d']],
      ['app', ['com.example.app:/in']],
    ]);
  });

  test('every mistake is reported at once, with how to fix it', () => {
    const mistakes =
      'a=http://a.example.com/in,https://A.example.com/in;https://b.example.com;a=https://c.example.com;d';
    expect(problems(mistakes)).toEqual([
      'APPLICATIONS names "http://a.example.com/in" for "a", which is not https: http is allowed for localhost, 127.0.0.1 and [::1] only',
      'APPLICATIONS names "https://A.example.com/in" for "a", which is written differently by browsers: write it as https://a.example.com/in',
      expect.stringMatching(/^APPLICATIONS has an application without a valid id: write it as shop=https:/),
      'APPLICATIONS names "a" twice: write all URIs of an application in one place',
      'APPLICATIONS names "d" without a URI: write it as d=https://…',
    ]);
  });

  test('the old list without ids is refused, and the message says how to write it now', () => {
    expect(readConfig({ REDIRECT_URIS: 'https://a.example.com/in' }).problems).toEqual([
      'REDIRECT_URIS is now called APPLICATIONS: rename it in the environment, and write the id of each application in front of its URIs: shop=https://shop.example.com/signed-in',
    ]);
  });

  test.each([
    'a=https://user:hidden@app.example.com/in',
    'a=user:hidden@app.example.com',
    'a=https://u:hi@hidden@[/#',
    'https://user:hidden@app.example.com/in',
    'https://user:hidden@app.example.com/in?a=b',
  ])('a password is not shown in the message: %s', (value) => {
    expect(problems(value)).toHaveLength(1);
    expect(problems(value).join()).not.toMatch(/hidden|user:|u:hi/);
  });
});

describe('in production', () => {
  test.each(LISTED)('%s is allowed, because it is listed', (uri) => expect(isAllowed(uri, PRODUCTION)).toBe(true));

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
  ])('%j is not allowed', (uri) => expect(isAllowed(uri, PRODUCTION)).toBe(false));
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
  ])('%s is allowed', (uri) => expect(isAllowed(uri, DEVELOPMENT)).toBe(true));

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
  ])('%j is not allowed', (uri) => expect(isAllowed(uri, DEVELOPMENT)).toBe(false));
});

describe('an application', () => {
  const redirectUri = LISTED[0] as string;

  test.each(['shop', 'APP', 'app ', '', 'app;', '__proto__', 'constructor', 'app=https://app.example.com/signed-in'])(
    'cannot use a URI that is listed for another one: %j',
    (clientId) => {
      for (const config of [PRODUCTION, DEVELOPMENT])
        expect(isAllowedRedirect({ clientId, redirectUri }, config)).toBe(false);
    },
  );

  test('can use each of its own URIs', () => {
    expect(isAllowedRedirect({ clientId: 'other', redirectUri: OTHER }, PRODUCTION)).toBe(true);
    expect(isAllowedRedirect({ clientId: 'app', redirectUri: OTHER }, PRODUCTION)).toBe(false);
  });

  test('of any valid id can use the local machine in development, and only in development', () => {
    const local = 'http://localhost:5173/in';
    expect(isAllowedRedirect({ clientId: 'unregistered', redirectUri: local }, DEVELOPMENT)).toBe(true);
    expect(isAllowedRedirect({ clientId: 'app', redirectUri: local }, PRODUCTION)).toBe(false);
    for (const clientId of ['', 'a b', 'x'.repeat(65), 'a\0'])
      expect(isAllowedRedirect({ clientId, redirectUri: local }, DEVELOPMENT)).toBe(false);
  });
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
      fc.property(anything, (uri) => isAllowed(uri, PRODUCTION) === LISTED.includes(uri)),
      { numRuns: 20_000 },
    );
  });

  test('development also allows URIs on the local machine and no others, with every URL parser', () => {
    let local = 0;
    fc.assert(
      fc.property(anything, (uri) => {
        if (!isAllowed(uri, DEVELOPMENT) || LISTED.includes(uri)) return;
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
