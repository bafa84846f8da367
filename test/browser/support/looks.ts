import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import { expect } from 'vitest';
import { PROJECT } from '../../support/process.js';
import type { Visit } from './visit.js';

const FOLDER = join(PROJECT, 'screenshots');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Whether to save a picture of each state: `SCREENSHOTS=on npm run test:browser`. */
export const takesScreenshots = process.env['SCREENSHOTS'] === 'on';

/** Saves a state in a language as `screenshots/<state>-<locale>.png`. */
export async function saveScreenshot({ page, locale }: Visit, state: string): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  await page.screenshot({ path: join(FOLDER, `${state}-${locale}.png`), animations: 'disabled' });
}

/**
 * Checks that axe-core finds no violation (its rules cover WCAG 2.2 AA). axe-core is injected through the debugger,
 * because the page's policy would block it.
 */
export async function expectNoViolations({ page }: Pick<Visit, 'page'>): Promise<void> {
  const { violations } = await page.evaluate<AxeResults>(
    `typeof axe === 'undefined' && (() => { ${AXE} })(); axe.run({ resultTypes: ['violations'] })`,
  );
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
}

/** Checks that the page needs no horizontal scrolling and shows no missing value. */
export async function expectWholeContent({ page }: Pick<Visit, 'page'>): Promise<void> {
  const { content, screen } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    screen: document.documentElement.clientWidth,
  }));
  expect(content).toBeLessThanOrEqual(screen);
  expect(await page.getByText('undefined').count()).toBe(0);
}
