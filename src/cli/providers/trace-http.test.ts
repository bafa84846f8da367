import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { redactor, showingExchange } from './trace-http.js';

/** Every spelling in which a secret comes back from a provider. */
const SPELLINGS: Record<string, (secret: string) => string> = {
  'as it is': (secret) => secret,
  'in a URL': encodeURIComponent,
  'in a URL, with small letters': (secret) => small(encodeURIComponent(secret)),
  'in a form': (secret) => new URLSearchParams([['', secret]]).toString().slice(1),
  'in a form, with small letters': (secret) => small(new URLSearchParams([['', secret]]).toString().slice(1)),
  'in JSON': (secret) => JSON.stringify(secret).slice(1, -1),
};

const small = (text: string) => text.replaceAll(/%[\dA-F]{2}/g, (escape) => escape.toLowerCase());
/** Of characters that one spelling or another escapes; without the star, of which the redacted text is made. */
const secret = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', 'Z', '7', '%', '+', '&', '=', '/', '"', '\\', "'", ' ', '~', 'é', 'پ', '😀'),
    minLength: 4,
  }),
  fc.string({ unit: 'binary', minLength: 4 }).filter((text) => !text.includes('*')),
);
const text = fc.string({ unit: 'binary' });

describe('the redactor', () => {
  test.each(Object.entries(SPELLINGS))('leaves no secret that is spelt %s', (_, spell) => {
    fc.assert(
      fc.property(
        fc.array(secret, { minLength: 1, maxLength: 4 }),
        fc.array(text, { minLength: 5, maxLength: 5 }),
        (secrets, between) => {
          const shown = redactor(secrets)(
            between.flatMap((part, index) => [part, spell(secrets[index] ?? '')]).join(''),
          );
          for (const one of secrets) expect(shown).not.toContain(spell(one));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('takes a secret out whole, also one that begins with another', () => {
    expect(redactor(['1234', '123456'])('code 123456, pin 1234')).toBe('code ***, pin ***');
  });

  test('takes out every one, however often, and leaves all else', () => {
    expect(redactor(['k1', 'k2'])('k1 to k2 to k1: {"a":[1,2]} تایید')).toBe('*** to *** to ***: {"a":[1,2]} تایید');
  });

  test('is not troubled by a secret that is not set, or that looks like a pattern', () => {
    expect(redactor([''])('nothing')).toBe('nothing');
    expect(redactor(['a.c$&'])('abc a.c$&')).toBe('abc ***');
  });
});

describe('the exchange', () => {
  let server: Server;
  let url: string;
  let answer = '';

  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume();
      response.writeHead(607).end(answer);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  /** What is shown of one request. */
  async function shownOf(secrets: string[], path: string, init?: RequestInit): Promise<string[]> {
    const lines: string[] = [];
    await showingExchange(
      secrets,
      (line) => lines.push(line),
      async () => (await fetch(`${url}${path}`, init)).text(),
    );
    return lines;
  }

  test('is shown line by line, without its secrets, a form in words', async () => {
    answer = '{"key":"k-1","echo":"a b"}';
    const body = new URLSearchParams({ key: 'k-1', text: 'کد: a b', more: '&=' }).toString();
    expect(await shownOf(['k-1', 'a b'], '/v1/k-1/send.json', { method: 'POST', body })).toEqual([
      `> POST ${url}/v1/***/send.json`,
      '> key=*** text=کد: *** more=&=',
      '< HTTP 607 {"key":"***","echo":"***"}',
    ]);
  });

  test('of a GET has no body', async () => {
    answer = '';
    expect(await shownOf([], '/state')).toEqual([`> GET ${url}/state`, '< HTTP 607 ']);
  });

  test('gives whoever asked the whole answer, secrets and all', async () => {
    answer = `k-1 ${'x'.repeat(5_000)}`;
    const got = await showingExchange(
      ['k-1'],
      () => {},
      async () => (await fetch(url)).text(),
    );
    expect(got).toBe(answer);
  });

  // Cut first and redacted then, the beginning of a secret at the cut would be shown.
  test('of a long answer shows the beginning, and no part of a secret', async () => {
    const token = 'a_token_of_forty_characters_0123456789ab';
    for (const before of [1_970, 1_985, 1_999]) {
      answer = 'x'.repeat(before) + token;
      const line = (await shownOf([token], '/')).at(-1) ?? '';
      expect(line.length).toBeLessThan(2_100);
      expect(line).not.toContain('a_');
      expect(line).not.toMatch(/a$/);
    }
  });

  test('leaves fetch as it was, also when what was done fails', async () => {
    const before = globalThis.fetch;
    await expect(
      showingExchange(
        [],
        () => {},
        async () => {
          expect(globalThis.fetch).not.toBe(before);
          throw new Error('no');
        },
      ),
    ).rejects.toThrow('no');
    expect(globalThis.fetch).toBe(before);
  });
});
