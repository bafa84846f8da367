import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Seconds that each file took, by its path. Committed for clones in which no test has run yet; written by `npm run
 * durations`.
 */
const RECORDED = JSON.parse(readFileSync(new URL('../durations.json', import.meta.url), 'utf8')) as Record<
  string,
  number
>;

/** A worker that changes to another project has to load the gateway again, so the files of a project run together. */
const PROJECTS = ['browser', 'integration', 'unit'];

/** Starts the files that took longest first, so that no long file runs alone at the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const projectOf = ({ project }: TestSpecification) => PROJECTS.indexOf(project.name);
    return files.toSorted(
      (one, other) => projectOf(one) - projectOf(other) || this.secondsOf(other) - this.secondsOf(one),
    );
  }

  /**
   * From the last run in this clone, which Vitest stores under node_modules/.vite, otherwise from the committed file.
   */
  private secondsOf({ project, moduleId }: TestSpecification): number {
    const path = relative(this.ctx.config.root, moduleId).replaceAll('\\', '/');
    const last = this.ctx.cache.getFileTestResults(`${project.name}:${path}`);
    return last ? last.duration / 1000 : (RECORDED[path] ?? 0);
  }
}
