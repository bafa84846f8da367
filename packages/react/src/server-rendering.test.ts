import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { type Phonegate, createPhonegate } from '@phonegate/client';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { PhoneLogin, type PhoneLoginState, useSession, usePhoneLogin } from './index.js';
import { fa } from './locales/fa.js';
import { kk } from './locales/kk.js';

let client: Phonegate;
beforeAll(() => {
  client = createPhonegate({ url: 'https://login.example.com' });
});
afterAll(() => client.session.close());

/** What a hook returns in a server's render. */
function rendered<Result>(use: () => Result): Result {
  const results: Result[] = [];
  const Probe = () => {
    results.push(use());
    return null;
  };
  renderToString(createElement(Probe));
  return results[0] as Result;
}

describe('on a server', () => {
  test('the form shows the phone step in the language of its prop', () => {
    const html = renderToString(createElement(PhoneLogin, { client, locale: 'kk' }));
    expect(html).toContain('lang="kk" dir="ltr"');
    expect(html).toMatch(new RegExp(`<label[^>]*>${kk.phone}</label><input[^>]* type="tel"`));
    expect(html).toMatch(new RegExp(`<button type="submit"[^>]*>${kk.sendCode}</button>`));
  });

  test('the form is in English without a language, also where Node reports one', () => {
    vi.stubGlobal('navigator', { languages: ['kk'], onLine: false });
    const html = renderToString(createElement(PhoneLogin, { client }));
    vi.unstubAllGlobals();
    expect(html).toContain('lang="en"');
    expect(html).toContain('Phone number');
  });

  test('the session is loading', () => {
    expect(rendered(() => useSession(client))).toMatchObject({ status: 'loading', user: undefined, error: undefined });
  });

  test('the hook gives an application what the first step needs', () => {
    const login = rendered(() => usePhoneLogin(client, { locale: 'fa' }));
    const { texts, ...i18n } = login.i18n;
    expect(login).toMatchObject({
      ready: false,
      step: 'phone',
      phone: '',
      code: undefined,
      whatsapp: undefined,
      busy: false,
      offline: false,
      signedIn: false,
      problem: undefined,
      secondsUntilRetry: 0,
    } satisfies Partial<PhoneLoginState>);
    expect([texts.phone, i18n.direction, i18n.duration(65)]).toEqual([fa.phone, 'rtl', '۱:۰۵']);
  });

  test('rendering starts no timer or request, adds no listener and reads no storage', () => {
    const used: string[] = [];
    const trap = (name: string) => () => void used.push(name);
    const storage = {
      getItem: () => (used.push('storage'), null),
      setItem: trap('storage'),
      removeItem: trap('storage'),
    };
    for (const name of ['setTimeout', 'setInterval', 'addEventListener', 'fetch']) vi.stubGlobal(name, trap(name));
    for (const name of ['localStorage', 'sessionStorage'])
      vi.stubGlobal(name, new Proxy({}, { get: (_, key) => used.push(`${name}.${String(key)}`) }));
    try {
      rendered(() => [usePhoneLogin(client), usePhoneLogin(client, { storage }), useSession(client)]);
      renderToString(createElement(PhoneLogin, { client, storage }));
    } finally {
      vi.unstubAllGlobals();
    }
    expect(used).toEqual([]);
  });
});
