import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const DIST = new URL('../dist/', import.meta.url);
const IMPORT = /^(?:import|export)\s[^;]*?from\s+["']([^"']+)["'];/gm;

const isForClients = (code: string) => /^['"]use client['"];/.test(code);

/** The published modules that a server component loads with the package: it stops at the modules with 'use client'. */
function modulesOfServer(): { onServer: Map<string, string>; forClients: string[] } {
  const onServer = new Map<string, string>();
  const forClients: string[] = [];
  const urls = new Set([new URL('index.js', DIST).href]);
  // Modules that are added in the loop are visited, too.
  for (const url of urls) {
    const code = readFileSync(new URL(url), 'utf8');
    const name = url.slice(DIST.href.length);
    if (isForClients(code)) {
      forClients.push(name);
      continue;
    }
    onServer.set(name, code);
    for (const [, path = ''] of code.matchAll(IMPORT)) if (path.startsWith('.')) urls.add(new URL(path, url).href);
  }
  return { onServer, forClients };
}

describe('a server component that imports the package', () => {
  const { onServer, forClients } = modulesOfServer();

  test('gets the components and hooks as client references', () => {
    expect(forClients.toSorted()).toEqual([
      'login-form.js',
      'phone-login.js',
      'use-phone-login.js',
      'use-session.js',
      'web-otp.js',
    ]);
  });

  test('loads no module that uses React’s state or effects', () => {
    const hooks = [...onServer].filter(([, code]) => /\buse[A-Z]\w*\b.*from ["']react["']/.test(code));
    expect(hooks.map(([name]) => name)).toEqual([]);
  });

  test('can call what chooses and formats a language', () => {
    expect([...onServer.keys()]).toEqual(expect.arrayContaining(['index.js', 'i18n.js', 'locales/locale.js']));
  });
});
