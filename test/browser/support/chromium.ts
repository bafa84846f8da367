import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** A browser as people have it, without a window. One is enough for a file: each test has a context of its own in it. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
}

function findChromium(): string {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const name = NAMES.find((candidate) => existsSync(join(folder, candidate)));
    if (name) return join(folder, name);
  }
  throw new Error(
    'The tests of the login page need Chromium: install the packages chromium and fonts-noto-core (Debian, Ubuntu: ' +
      '"apt-get install chromium fonts-noto-core"), or have google-chrome on the PATH.',
  );
}
