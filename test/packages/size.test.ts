import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type Rolldown, build } from 'vite';
import { describe, expect, test } from 'vitest';
import { PROJECT } from '../support/process.js';

const gzippedSize = (code: string | Uint8Array) => gzipSync(code).length;

describe('a phone has to load', () => {
  test('less than 8 kB, gzipped, for phonegate/client with its dependencies', async () => {
    const built = (await build({
      configFile: false,
      root: PROJECT,
      logLevel: 'silent',
      build: {
        write: false,
        modulePreload: { polyfill: false },
        rolldownOptions: {
          input: fileURLToPath(import.meta.resolve('@phonegate/client')),
          preserveEntrySignatures: 'strict',
        },
      },
    })) as Rolldown.RolldownOutput;
    const chunks = built.output.filter((file) => file.type === 'chunk');
    expect(chunks.flatMap(({ exports }) => exports)).toContain('createPhonegate');
    expect(chunks.reduce((sum, { code }) => sum + gzippedSize(code), 0)).toBeLessThan(8_000);
  });

  test('less than 40 kB of JavaScript, gzipped, before the login page is shown', () => {
    const pages = join(PROJECT, 'dist/web/pages');
    const html = readFileSync(join(pages, 'login/index.html'), 'utf8');
    const files = new Set(
      [...html.matchAll(/<(?:script|link)\b[^>]*\b(?:src|href)="([^"]+\.js)"/g)].map(([, path = '']) =>
        path.startsWith('/') ? join(pages, path) : join(pages, 'login', path),
      ),
    );
    expect(files.size).toBeGreaterThan(0);
    // Files that are added to the set in the loop are visited, too.
    for (const file of files) {
      const code = readFileSync(file, 'utf8');
      for (const [, path = ''] of code.matchAll(/(?:\bfrom|\bimport)\s*["'](\.[^"']+)["']/g))
        files.add(join(dirname(file), path));
    }
    expect([...files].reduce((sum, file) => sum + gzippedSize(readFileSync(file)), 0)).toBeLessThan(40_000);
  });
});
