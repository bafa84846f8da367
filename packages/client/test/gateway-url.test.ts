import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { gatewayUrl } from '../src/gateway-url.js';

/** React Native's URL: its getters throw. */
class HalfUrl {
  get origin(): string {
    throw new Error('URL.origin is not implemented');
  }
}

afterEach(() => void vi.unstubAllGlobals());

const SPELLINGS = [
  ['https://login.example.com', 'https://login.example.com'],
  ['https://login.example.com/', 'https://login.example.com'],
  ['https://login.example.com//', 'https://login.example.com'],
  [' https://login.example.com ', 'https://login.example.com'],
  ['HTTPS://Login.Example.COM/Gateway/', 'https://login.example.com/Gateway'],
  ['https://login.example.com:443/', 'https://login.example.com'],
  ['https://login.example.com:80/', 'https://login.example.com:80'],
  ['http://login.example.com:80', 'http://login.example.com'],
  ['http://login.example.com:443', 'http://login.example.com:443'],
  ['http://localhost:4000/?a=b#c', 'http://localhost:4000'],
  ['http://127.0.0.1:4000/gateway?a=/b/', 'http://127.0.0.1:4000/gateway'],
  ['http://[::1]:4000/', 'http://[::1]:4000'],
  ['https://user:secret@login.example.com/x', 'https://login.example.com/x'],
] as const;

describe.each([
  ['the platform’s URL', false],
  ['no URL', undefined],
  ['half a URL, as in React Native', HalfUrl],
])('with %s', (_, url) => {
  const stub = () => void (url !== false && vi.stubGlobal('URL', url));

  test.each(SPELLINGS)('%j has the same key in storage as before: %j', (spelled, expected) => {
    stub();
    expect(gatewayUrl(spelled)).toBe(expected);
  });

  test.each(['login.example.com', 'nonsense', 'https://', ''])('refuses %j', (spelled) => {
    stub();
    expect(() => gatewayUrl(spelled)).toThrow(TypeError);
  });

  test('is required outside a page', () => {
    stub();
    expect(() => gatewayUrl(undefined)).toThrow('createPhonegate needs a url');
  });
});

test('the key does not depend on whether the platform has a URL', () => {
  fc.assert(
    fc.property(
      fc.webUrl({ validSchemes: ['http', 'https'], withQueryParameters: true, withFragments: true }),
      (spelled) => {
        const { origin, pathname } = new URL(spelled);
        // Both are the same text unless the path has a segment of dots, which no gateway has.
        fc.pre(new URL(spelled).href.startsWith(spelled.slice(0, 8)) && !/\/\.{1,2}(?:[/?#]|$)/.test(spelled));
        vi.stubGlobal('URL', undefined);
        const without = gatewayUrl(spelled);
        vi.unstubAllGlobals();
        expect(without).toBe(`${origin}${pathname}`.replace(/\/+$/, ''));
      },
    ),
  );
});
