import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** The headless shell is the same browser without the parts around the page, and needs half the time. */
const NAMES = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'];

/** A worker runs many files in one process, and starting a browser takes as long as a short test. */
const worker = globalThis as { phonegateChromium?: Promise<Browser> | undefined };

/**
 * The browser of this worker, without a window. Open a new context for each test, and close only the context:
 * Playwright closes the browser when the process ends.
 */
export function sharedChromium(): Promise<Browser> {
  worker.phonegateChromium ??= launchChromium().catch((error: unknown) => {
    worker.phonegateChromium = undefined;
    throw error;
  });
  return worker.phonegateChromium;
}

async function launchChromium(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
  browser.on('disconnected', () => (worker.phonegateChromium = undefined)); // the next test starts another one
  return browser;
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
