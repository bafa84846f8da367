import type { TestContext } from 'vitest';

/** Adds a figure to the row of this test's topology in the table that ends `npm run test:topologies`. */
export function recordFigure({ task }: TestContext, name: string, figure: string): void {
  (task.meta.figures ??= {})[name] = figure;
}
