import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** The shell is the same browser without the parts around the page, and takes half the time. */
const NAMES = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'];

/** A browser as people have it, without a window. One is enough for a file: each test has a context of its own in it. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
}

function findChromium(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  for (const path of NAMES.flatMap((name) => folders.map((folder) => join(folder, name))))
    if (existsSync(path)) return path;
  throw new Error(
    'The tests of the login page need Chromium: install the packages chromium-headless-shell and fonts-noto-core (Debian: ' +
      '"apt-get install chromium-headless-shell fonts-noto-core"), or chromium, or have google-chrome on the PATH.',
  );
}
