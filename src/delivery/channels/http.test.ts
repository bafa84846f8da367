import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { serve } from '../../../simulators/serve.js';
import { isFailed, parseJson, sendRequest } from './http.js';

/** Whether JSON.parse would round the number. */
const isLong = (text: string) => /^-?\d{16,}$/.test(text);

/** The expected result, computed in another way: parse, then print long integers as strings. */
function longAsText(value: unknown): unknown {
  if (typeof value === 'number') return isLong(JSON.stringify(value)) ? JSON.stringify(value) : value;
  if (Array.isArray(value)) return value.map(longAsText);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, longAsText(inner)]));
}

describe('parseJson', () => {
  test.each([
    ['an ID above 2^53', '{"recId":4964357668335355040}', { recId: '4964357668335355040' }],
    ['an ID with spaces around it', '{ "recId" : 4964357668335355040 }', { recId: '4964357668335355040' }],
    ['a negative ID', '[-4964357668335355040]', ['-4964357668335355040']],
    ['an ID alone', '3741437414374143741', '3741437414374143741'],
    ['several IDs', '[3741437414374143741,3741437414374143742]', ['3741437414374143741', '3741437414374143742']],
    ['an ID that is a string', '{"Value":"3741437414374143741"}', { Value: '3741437414374143741' }],
    ['short numbers', '{"messageid":8792343,"cost":120}', { messageid: 8792343, cost: 120 }],
    ['15 digits', '123456789012345', 123456789012345],
    ['16 digits', '1234567890123456', '1234567890123456'],
    ['digits within a string', '{"a":"id 4964357668335355040."}', { a: 'id 4964357668335355040.' }],
    [
      'an ID beside a string that ends with a backslash',
      String.raw`{"a":"4964357668335355040\\","b":4964357668335355040}`,
      { a: '4964357668335355040\\', b: '4964357668335355040' },
    ],
    [
      'an ID beside a string with quotes',
      String.raw`{"a":"\"4964357668335355040\",4964357668335355041","b":4964357668335355040}`,
      { a: '"4964357668335355040",4964357668335355041', b: '4964357668335355040' },
    ],
    ['an ID as a property name', '{"4964357668335355040":1}', { '4964357668335355040': 1 }],
    ['a fraction of 17 digits', '{"amount":0.30000000000000004}', { amount: 0.1 + 0.2 }],
    ['a long number with a fraction', '{"amount":1234567890123456.5}', { amount: 1234567890123456.5 }],
    ['a number with an exponent', '[1.7976931348623157e+308]', [Number.MAX_VALUE]],
    ['null', 'null', null],
  ])('reads %s exactly', (_, text, value) => {
    expect(parseJson(text)).toEqual(value);
  });

  test.each(['', ' ', '<html></html>', '{"a":', '{"a":"4964357668335355040', 'undefined', '{a:1}', "{'a':1}", '01'])(
    'returns undefined for %j, which is not JSON',
    (text) => {
      expect(parseJson(text)).toBeUndefined();
    },
  );

  test('keeps every ID next to strings of digits, quotes and backslashes', () => {
    const text = fc.string({ unit: fc.constantFrom('"', '\\', '1234567890123456789', '9', ',', ':', 'کد', '\n') });
    const id = fc.bigInt({ min: 10n ** 15n, max: 2n ** 64n });
    fc.assert(
      fc.property(text, id, text, (before, id, after) => {
        const json = `{"before":${JSON.stringify(before)},"id":${id},"after":[${JSON.stringify(after)},${id}]}`;
        expect(parseJson(json)).toEqual({ before, id: String(id), after: [after, String(id)] });
      }),
    );
  });

  test('otherwise returns the same value as JSON.parse', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(parseJson(json)).toEqual(longAsText(JSON.parse(json)));
      }),
      { numRuns: 500 },
    );
  });

  test('never throws', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('"', '\\', '{', '}', '[', ']', ':', ',', '1', '-', 'a') }),
        (text) => {
          parseJson(text);
        },
      ),
    );
  });

  test('reads a string of half a megabyte', () => {
    const picture = 'iVBORw0KGgo'.repeat(50_000);
    expect(parseJson(`{"base64Avatar":"${picture}","id":4964357668335355040}`)).toEqual({
      base64Avatar: picture,
      id: '4964357668335355040',
    });
  });
});

const toClose: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(toClose.splice(0).map((close) => close()));
});

async function start(act: Parameters<typeof serve>[0]): Promise<string> {
  const { url, close } = await serve(act);
  toClose.push(close);
  return `${url}/secret-key`;
}
const askFor = (url: string, withinMs = 5_000) =>
  sendRequest(url, { method: 'POST', body: 'x' }, AbortSignal.timeout(withinMs));

describe('sendRequest', () => {
  test.each([200, 204, 302, 400, 401, 403, 407, 418, 466, 500, 502, 599, 607])(
    'returns an answer with status %i',
    async (status) => {
      const url = await start((_, __, response) => void response.writeHead(status).end());
      expect(await askFor(url)).toEqual({ status, text: '' });
    },
  );

  test('does not follow a redirect', async () => {
    let calls = 0;
    const url = await start((_, __, response) => {
      calls += 1;
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    expect(await askFor(url)).toEqual({ status: 307, text: '' });
    expect(calls).toBe(1);
  });

  test('cuts an answer at a million characters', async () => {
    const url = await start((_, __, response) => void response.end('x'.repeat(3_000_000)));
    const answer = await askFor(url);
    expect(isFailed(answer) || answer.text.length).toBe(1_000_000);
  });
});

describe('sendRequest without an answer', () => {
  test('may be retried if the connection is refused', async () => {
    const { url, close } = await serve(() => {});
    await close();
    expect(await askFor(url)).toEqual({
      outcome: 'failed',
      failure: 'channel_down',
      retry: true,
      detail: 'ECONNREFUSED',
    });
  });

  test('may be retried if the host does not exist, and hides the URL', async () => {
    const answer = await askFor('http://no-such-host.invalid/secret-key');
    expect(answer).toMatchObject({ failure: 'channel_down', retry: true });
    expect(JSON.stringify(answer)).not.toContain('secret-key');
  });

  test('is not retried if the connection breaks after the request, which may have arrived', async () => {
    const url = await start((_, __, response) => void response.destroy());
    const answer = await askFor(url);
    expect(answer).toMatchObject({ outcome: 'failed', failure: 'channel_down', retry: false });
    expect(JSON.stringify(answer)).not.toContain('secret-key');
  });

  test.each<[string, Parameters<typeof serve>[0]]>([
    ['never answers', () => {}],
    ['stops after the beginning', (_, __, response) => void response.writeHead(200).write('{"idMessage":')],
  ])('fails with a timeout if the server %s', async (_, act) => {
    const url = await start(act);
    const startedAt = performance.now();
    expect(await askFor(url, 100)).toEqual({
      outcome: 'failed',
      failure: 'timeout',
      retry: false,
      detail: 'no answer',
    });
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });

  test('sends nothing if the signal is already aborted', async () => {
    let calls = 0;
    const url = await start((_, __, response) => {
      calls += 1;
      response.end();
    });
    expect(await sendRequest(url, { method: 'POST' }, AbortSignal.abort())).toMatchObject({ failure: 'timeout' });
    expect(calls).toBe(0);
  });

  test.each(['no url', 'http://user:password@127.0.0.1/secret-key', 'http://127.0.0.1:1/\u0000'])(
    'fails without showing the URL %j',
    async (url) => {
      const answer = await askFor(url);
      expect(answer).toMatchObject({ outcome: 'failed', failure: 'channel_down' });
      expect(JSON.stringify(answer)).not.toMatch(/secret-key|password|no url/);
    },
  );
});
