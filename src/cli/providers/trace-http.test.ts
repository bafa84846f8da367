import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { traceHttp } from './trace-http.js';

describe('traceHttp', () => {
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

  /** The lines that are printed for one request. */
  async function traced(secrets: string[], path: string, init?: RequestInit): Promise<string[]> {
    const lines: string[] = [];
    const printLine = (line: string) => void lines.push(line);
    await traceHttp(async () => (await fetch(`${url}${path}`, init)).text(), { secrets, printLine });
    return lines;
  }

  test('prints request and answer line by line without secrets, and decodes a form', async () => {
    answer = '{"key":"k-1","echo":"a b"}';
    const body = new URLSearchParams({ key: 'k-1', text: 'کد: a b', more: '&=' }).toString();
    expect(await traced(['k-1', 'a b'], '/v1/k-1/send.json', { method: 'POST', body })).toEqual([
      `> POST ${url}/v1/***/send.json`,
      '> key=*** text=کد: *** more=&=',
      '< HTTP 607 {"key":"***","echo":"***"}',
    ]);
  });

  test('prints no token that the provider issues, whatever the field is named that the configuration reads it from', async () => {
    answer =
      '{"data":{"token":"t-1","accessToken":"t-2","kennwort":"t-3"},"jwt":"t-4"}<sessionToken>t-5</sessionToken>';
    const lines: string[] = [];
    const trace = { secrets: [], secretFields: ['kennwort'], printLine: (line: string) => void lines.push(line) };
    await traceHttp(async () => (await fetch(url)).text(), trace);
    expect(lines.join('\n')).not.toMatch(/t-\d/);
    expect(lines.at(-1)).toContain('"token":"***"');
  });

  test('prints XML as it is, without a secret in its spelling', async () => {
    answer = '';
    const body = '<login pwd="1">pa&amp;ss = 1+1</login>';
    expect(await traced(['pa&ss'], '/xml', { method: 'POST', body })).toContain('> <login pwd="1">*** = 1+1</login>');
  });

  test('prints no body for a GET', async () => {
    answer = '';
    expect(await traced([], '/state')).toEqual([`> GET ${url}/state`, '< HTTP 607 ']);
  });

  test('returns the whole answer, with its secrets, to the caller of fetch', async () => {
    answer = `k-1 ${'x'.repeat(5_000)}`;
    const got = await traceHttp(async () => (await fetch(url)).text(), { secrets: ['k-1'], printLine: () => {} });
    expect(got).toBe(answer);
  });

  // Cut before it is redacted, an answer would show the beginning of a secret at the cut.
  test('prints the beginning of a long answer, without a part of a secret at the cut', async () => {
    const token = 'a_token_of_forty_characters_0123456789ab';
    for (const before of [1_970, 1_985, 1_999]) {
      answer = 'x'.repeat(before) + token;
      const line = (await traced([token], '/')).at(-1) ?? '';
      expect(line.length).toBeLessThan(2_100);
      expect(line).not.toContain('a_');
      expect(line).not.toMatch(/a$/);
    }
  });

  test('restores fetch, also when the traced function rejects', async () => {
    const before = globalThis.fetch;
    await expect(
      traceHttp(
        async () => {
          expect(globalThis.fetch).not.toBe(before);
          throw new Error('no');
        },
        { secrets: [], printLine: () => {} },
      ),
    ).rejects.toThrow('no');
    expect(globalThis.fetch).toBe(before);
  });

  test('prints only the requests of its own function when several run at once', async () => {
    answer = '';
    const before = globalThis.fetch;
    const lines: Record<string, string[]> = { one: [], two: [] };
    const trace = (name: string) =>
      traceHttp(async () => (await fetch(`${url}/${name}`)).text(), {
        secrets: [],
        printLine: (line) => void lines[name]?.push(line),
      });
    await Promise.all([trace('one'), trace('two'), fetch(`${url}/untraced`)]);
    for (const name of ['one', 'two']) expect(lines[name]).toEqual([`> GET ${url}/${name}`, '< HTTP 607 ']);
    expect(globalThis.fetch).toBe(before);
  });
});
