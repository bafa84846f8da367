import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import { expect } from 'vitest';
import { PROJECT } from '../../support/process.js';
import type { Visit } from './visit.js';

const FOLDER = join(PROJECT, 'screenshots');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Keeps how a state looks in a language, for people to see. */
export async function shoot({ page, locale }: Visit, state: string): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  await page.screenshot({ path: join(FOLDER, `${state}-${locale}.png`), animations: 'disabled' });
}

/** Nothing that a machine can find stands between the page and people who see, hear or move otherwise (WCAG 2.2 AA). */
export async function expectNoViolations({ page }: Visit): Promise<void> {
  const { violations } = await page.evaluate<AxeResults>(
    `typeof axe === 'undefined' && (() => { ${AXE} })(); axe.run({ resultTypes: ['violations'] })`,
  );
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
}

/** One can read the whole page without moving it sideways. */
export async function expectNoSidewaysScrolling({ page }: Visit): Promise<void> {
  const { content, screen } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    screen: document.documentElement.clientWidth,
  }));
  expect(content).toBeLessThanOrEqual(screen);
}
