import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { serve } from '../../../simulators/serve.js';
import { isFailed, parseJson, sendRequest } from './http.js';

/** What JSON.parse would lose the end of. */
const isLong = (text: string) => /^-?\d{16,}$/.test(text);

/** The same by another way: parsed as ever, then long whole numbers as texts. */
function longAsText(value: unknown): unknown {
  if (typeof value === 'number') return isLong(JSON.stringify(value)) ? JSON.stringify(value) : value;
  if (Array.isArray(value)) return value.map(longAsText);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, longAsText(inner)]));
}

describe('JSON of a provider', () => {
  test.each([
    ['an id that exceeds 2^53', '{"recId":4964357668335355040}', { recId: '4964357668335355040' }],
    ['with blanks around', '{ "recId" : 4964357668335355040 }', { recId: '4964357668335355040' }],
    ['a negative one', '[-4964357668335355040]', ['-4964357668335355040']],
    ['alone', '3741437414374143741', '3741437414374143741'],
    ['several', '[3741437414374143741,3741437414374143742]', ['3741437414374143741', '3741437414374143742']],
    ['as text already', '{"Value":"3741437414374143741"}', { Value: '3741437414374143741' }],
    ['a short one', '{"messageid":8792343,"cost":120}', { messageid: 8792343, cost: 120 }],
    ['15 digits', '123456789012345', 123456789012345],
    ['16 digits', '1234567890123456', '1234567890123456'],
    ['digits in a text', '{"a":"id 4964357668335355040."}', { a: 'id 4964357668335355040.' }],
    [
      'beside a text that ends with a backslash',
      String.raw`{"a":"4964357668335355040\\","b":4964357668335355040}`,
      { a: '4964357668335355040\\', b: '4964357668335355040' },
    ],
    [
      'beside a text with quotes in it',
      String.raw`{"a":"\"4964357668335355040\",4964357668335355041","b":4964357668335355040}`,
      { a: '"4964357668335355040",4964357668335355041', b: '4964357668335355040' },
    ],
    ['as a name', '{"4964357668335355040":1}', { '4964357668335355040': 1 }],
    ['a fraction as JavaScript prints it', '{"amount":0.30000000000000004}', { amount: 0.1 + 0.2 }],
    ['a long number with a fraction', '{"amount":1234567890123456.5}', { amount: 1234567890123456.5 }],
    ['a power', '[1.7976931348623157e+308]', [Number.MAX_VALUE]],
    ['null', 'null', null],
  ])('is read exactly: %s', (_, text, value) => {
    expect(parseJson(text)).toEqual(value);
  });

  test.each(['', ' ', '<html></html>', '{"a":', '{"a":"4964357668335355040', 'undefined', '{a:1}', "{'a':1}", '01'])(
    'is nothing when it is none: %j',
    (text) => {
      expect(parseJson(text)).toBeUndefined();
    },
  );

  test('keeps every id beside texts of digits, quotes and backslashes', () => {
    const text = fc.string({ unit: fc.constantFrom('"', '\\', '1234567890123456789', '9', ',', ':', 'کد', '\n') });
    const id = fc.bigInt({ min: 10n ** 15n, max: 2n ** 64n });
    fc.assert(
      fc.property(text, id, text, (before, id, after) => {
        const json = `{"before":${JSON.stringify(before)},"id":${id},"after":[${JSON.stringify(after)},${id}]}`;
        expect(parseJson(json)).toEqual({ before, id: String(id), after: [after, String(id)] });
      }),
    );
  });

  test('is otherwise what JSON.parse makes of it', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(parseJson(json)).toEqual(longAsText(JSON.parse(json)));
      }),
      { numRuns: 500 },
    );
  });

  test('is never an error', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('"', '\\', '{', '}', '[', ']', ':', ',', '1', '-', 'a') }),
        (text) => {
          parseJson(text);
        },
      ),
    );
  });

  test('may hold a text as long as a picture', () => {
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

describe('an answer', () => {
  test.each([200, 204, 302, 400, 401, 403, 407, 418, 466, 500, 502, 599, 607])(
    'with status %i is one',
    async (status) => {
      const url = await start((_, __, response) => void response.writeHead(status).end());
      expect(await askFor(url)).toEqual({ status, text: '' });
    },
  );

  test('is not looked for elsewhere', async () => {
    let calls = 0;
    const url = await start((_, __, response) => {
      calls += 1;
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    expect(await askFor(url)).toEqual({ status: 307, text: '' });
    expect(calls).toBe(1);
  });

  test('is cut when it is endless', async () => {
    const url = await start((_, __, response) => void response.end('x'.repeat(20_000_000)));
    const answer = await askFor(url);
    expect(isFailed(answer) || answer.text.length).toBe(1_000_000);
  });
});

describe('no answer', () => {
  test('nobody listens: nothing was sent, and it may be asked again', async () => {
    const { url, close } = await serve(() => {});
    await close();
    expect(await askFor(url)).toEqual({
      outcome: 'failed',
      failure: 'channel_down',
      retry: true,
      detail: 'ECONNREFUSED',
    });
  });

  test('there is no such host', async () => {
    const answer = await askFor('http://no-such-host.invalid/secret-key');
    expect(answer).toMatchObject({ failure: 'channel_down', retry: true });
    expect(JSON.stringify(answer)).not.toContain('secret-key');
  });

  test('the connection breaks with the question on its way: it may have arrived', async () => {
    const url = await start((_, __, response) => void response.destroy());
    const answer = await askFor(url);
    expect(answer).toMatchObject({ outcome: 'failed', failure: 'channel_down', retry: false });
    expect(JSON.stringify(answer)).not.toContain('secret-key');
  });

  test.each<[string, Parameters<typeof serve>[0]]>([
    ['at all', () => {}],
    ['but a beginning', (_, __, response) => void response.writeHead(200).write('{"idMessage":')],
  ])('in time %s', async (_, act) => {
    const url = await start(act);
    const startedAt = performance.now();
    expect(await askFor(url, 100)).toEqual({
      outcome: 'failed',
      failure: 'timeout',
      retry: false,
      detail: 'no answer',
    });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  test('the time was over before: nothing is sent', async () => {
    let calls = 0;
    const url = await start((_, __, response) => {
      calls += 1;
      response.end();
    });
    expect(await sendRequest(url, { method: 'POST' }, AbortSignal.abort())).toMatchObject({ failure: 'timeout' });
    expect(calls).toBe(0);
  });

  test.each(['no url', 'http://user:password@127.0.0.1/secret-key', 'http://127.0.0.1:1/\u0000'])(
    'there is nothing to ask: %j',
    async (url) => {
      const answer = await askFor(url);
      expect(answer).toMatchObject({ outcome: 'failed', failure: 'channel_down' });
      expect(JSON.stringify(answer)).not.toMatch(/secret-key|password|no url/);
    },
  );
});
