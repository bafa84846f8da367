import { gunzipSync } from 'node:zlib';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOCALES } from '../../packages/react/src/locales/locale.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';

const LISTED = 'https://app.example.com/signed-in';
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'; // RFC 7636, appendix B
const APPLICATION = {
  client_id: 'shop',
  redirect_uri: LISTED,
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
};

let database: TestDatabase;
let plain: TestGateway;
let own: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url };
  [plain, own] = await Promise.all([
    startGateway(env),
    startGateway({
      ...env,
      NODE_ENV: 'production',
      PUBLIC_URL: 'https://login.example.com',
      GREEN_API_WEBHOOK_TOKEN: 'mkj8zupHgSfUn2DtQabY6EWs',
      APPLICATIONS: `shop=${LISTED};other=https://other.example.com/in`,
      LOGIN_TITLE: 'Ä <b>"bank"</b> & </script>',
      LOGIN_LOGO_URL: 'https://cdn.example.com/logo.svg',
      LOGIN_THEME: 'accent=#123a8c;dark-accent=rgb(120, 160, 255);radius=1rem;font=Inter, sans-serif',
    }),
  ]);
});
afterAll(async () => {
  await Promise.all([plain.stop(), own.stop()]);
  await database.drop();
});

const open = (path: string, { on = own, ...init }: RequestInit & { on?: TestGateway } = {}) =>
  fetch(`${on.url}${path}`, { redirect: 'manual', ...init });
const settingsOf = (html: string) =>
  JSON.parse(/<script type="application\/json" id="settings">(.*?)<\/script>/s.exec(html)?.[1] ?? '') as Record<
    string,
    unknown
  >;

describe('the login page', () => {
  // `fetch` hides the encoding, but not its header.
  test('is gzipped once for each application, and not for a client that asks for ever new pages', async () => {
    const encodings = async (count: number, from: string) => {
      const seen: (string | null)[] = [];
      for (let index = 0; index < count; index += 1) {
        const answer = await open(`/login?redirect_uri=https://nobody.example&${from}${index}=x`);
        await answer.text();
        seen.push(answer.headers.get('content-encoding'));
      }
      return seen;
    };
    // The same refusal each time, so the same page.
    expect(new Set(await encodings(150, 'a'))).toEqual(new Set(['gzip']));
    const different = async (index: number) => {
      const query = new URLSearchParams({ ...APPLICATION, state: `s${index}` });
      const answer = await open(`/login?${query.toString()}`);
      expect(await answer.text()).toContain(`s${index}`);
      return answer.headers.get('content-encoding');
    };
    const first: (string | null)[] = [];
    for (let index = 0; index < 120; index += 1) first.push(await different(index));
    expect(first.slice(0, 90)).toEqual(Array.from({ length: 90 }, () => 'gzip'));
    expect(first.slice(110)).toEqual(Array.from({ length: 10 }, () => null));
    expect(await different(119)).toBe('gzip');
  });

  test('loads only its own files, cannot be framed, and sends no referrer', async () => {
    const { headers } = await open('/login');
    const policy = Object.fromEntries(
      (headers.get('content-security-policy') ?? '')
        .split('; ')
        .map((part) => [part.split(' ')[0], part.split(' ').slice(1)]),
    );
    expect(policy).toEqual({
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      'img-src': ["'self'", 'data:', 'https://cdn.example.com'],
      'connect-src': ["'self'", 'wss://login.example.com'],
      'base-uri': ["'none'"],
      'form-action': ["'none'"],
      'frame-ancestors': ["'none'"],
      'require-trusted-types-for': ["'script'"],
    });
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-cache',
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
  });

  test('says in every language that it needs JavaScript', async () => {
    const html = await (await open('/login')).text();
    const said = /<noscript>(.*?)<\/noscript>/s.exec(html)?.[1] ?? '';
    for (const locale of LOCALES) expect(said).toContain(`lang="${locale}"`);
  });

  test('has no inline script or style', async () => {
    const html = await (await open('/login')).text();
    expect(html).not.toMatch(/<style|\son\w+=|\sstyle=/);
    expect([...html.matchAll(/<script(?![^>]*\bsrc=)[^>]*>/g)].map(String)).toEqual([
      '<script type="application/json" id="settings">',
    ]);
  });

  test('receives its settings, with any characters in them', async () => {
    expect(settingsOf(await (await open('/login')).text())).toEqual({
      path: '',
      title: 'Ä <b>"bank"</b> & </script>',
      logo: 'https://cdn.example.com/logo.svg',
      whatsapp: true,
      redirect: null,
    });
    expect(settingsOf(await (await open('/login', { on: plain })).text())).toMatchObject({
      title: 'Phonegate',
      devPhone: '/dev/phone',
    });
  });

  test('is where / redirects to', async () => {
    for (const on of [plain, own]) {
      const response = await open('/', { on });
      expect([response.status, response.headers.get('location')]).toEqual([302, '/login']);
    }
  });

  test('answers GET and HEAD, with and without a trailing slash, and no other method', async () => {
    expect((await open('/login/')).status).toBe(200);
    const head = await open('/login', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const refused = await open('/login', { method });
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    }
  });
});

describe('the theme', () => {
  test('applies colours to light or dark screens, and everything else to both', async () => {
    const css = await (await open('/login/theme.css')).text();
    const [both, light, dark] = css.split('\n');
    expect(both).toBe(':root { --phonegate-radius: 1rem; --phonegate-font: Inter, sans-serif; }');
    expect(light).toBe('@media not (prefers-color-scheme: dark) { :root { --phonegate-accent: #123a8c; } }');
    expect(dark).toBe('@media (prefers-color-scheme: dark) { :root { --phonegate-accent: rgb(120, 160, 255); } }');
  });

  test('is linked in the head of the page', async () => {
    expect(await (await open('/login')).text()).toContain('<link rel="stylesheet" href="/login/theme.css" />');
  });
});

describe('redirect_uri', () => {
  const SOUND = { client_id: 'shop', code_challenge: CHALLENGE, code_challenge_method: 'S256' };
  /** Opens the page with a sound request, changed. Undefined removes a parameter. */
  const to = (redirectUri: string, change: Record<string, string | undefined> = {}, more = '') => {
    const query = Object.entries({ ...SOUND, redirect_uri: redirectUri, ...change });
    const pairs = query.filter((pair): pair is [string, string] => pair[1] !== undefined);
    return open(`/login?${new URLSearchParams(pairs)}${more}`);
  };

  test('of an application is passed to the page', async () => {
    const response = await to(LISTED, { state: 's t' });
    expect(response.status).toBe(200);
    expect(settingsOf(await response.text())['redirect']).toEqual({
      clientId: 'shop',
      uri: LISTED,
      state: 's t',
      codeChallenge: CHALLENGE,
    });
  });

  test.each([
    ['another URL', () => to('https://evil.example/')],
    ['a URL with a slash more', () => to(`${LISTED}/`)],
    ['the local machine, in production', () => to('http://localhost:5173/')],
    ['a script', () => to('javascript:alert(1)')],
    ['an empty value', () => to('')],
    ['two redirect_uri', () => to(LISTED, {}, `&redirect_uri=${encodeURIComponent('https://evil.example/')}`)],
    ['two client_id', () => to(LISTED, {}, '&client_id=other')],
    ['two code_challenge', () => to(LISTED, {}, `&code_challenge=${'x'.repeat(43)}`)],
    ['the URI of another application', () => to('https://other.example.com/in')],
    ['an application that is not registered', () => to(LISTED, { client_id: 'unknown' })],
    ['no application', () => to(LISTED, { client_id: undefined })],
  ])('is refused with 400: %s', async (_, visit) => {
    const response = await visit();
    expect([response.status, settingsOf(await response.text())['redirect']]).toEqual([400, 'REDIRECT_NOT_ALLOWED']);
  });

  test.each([
    ['no challenge', { code_challenge: undefined }],
    ['an empty challenge', { code_challenge: '' }],
    ['a challenge that is no SHA-256', { code_challenge: 'abc' }],
    ['no method, which means plain', { code_challenge_method: undefined }],
    ['the method plain', { code_challenge_method: 'plain' }],
  ])('needs PKCE and is refused with 400: %s', async (_, change) => {
    const response = await to(LISTED, change);
    expect([response.status, settingsOf(await response.text())['redirect']]).toEqual([400, 'CODE_CHALLENGE_REQUIRED']);
  });
});

describe('the files of the login page', () => {
  test('may be cached for ever', async () => {
    const html = await (await open('/login')).text();
    const [script = ''] = html.match(/\/assets\/login-[\w-]+\.js/) ?? [];
    const response = await open(script);
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('are sent gzipped to clients that accept it, and plain to others', async () => {
    const get = (encoding: string) =>
      new Promise<{ encoding: string | undefined; body: Buffer }>((resolve, reject) => {
        request(`${own.url}/login`, { headers: { 'accept-encoding': encoding } }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({ encoding: response.headers['content-encoding'], body: Buffer.concat(chunks) }),
          );
        })
          .on('error', reject)
          .end();
      });
    const [zipped, bare] = await Promise.all([get('gzip, br'), get('identity')]);
    expect([zipped.encoding, bare.encoding]).toEqual(['gzip', undefined]);
    expect(gunzipSync(zipped.body)).toEqual(bare.body);
  });

  test.each([
    '/assets/',
    '/assets',
    '/assets/none.js',
    '/assets/../login/index.html',
    '/assets/%2e%2e/package.json',
    '/assets/..%2flogin',
  ])('%s is not found', async (path) => {
    expect((await open(path)).status).toBeGreaterThanOrEqual(404);
  });

  test('a path of 14,000 slashes costs no more time than any other', async () => {
    const started = process.cpuUsage();
    for (let each = 0; each < 20; each += 1) expect((await open(`/${'/'.repeat(14_000)}`)).status).toBe(404);
    const { user } = process.cpuUsage(started);
    expect(user / 1_000).toBeLessThan(1_500); // of CPU; it was 190 ms each
  });
});
