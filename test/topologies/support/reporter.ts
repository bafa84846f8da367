import type { Reporter, TestCase, TestModule } from 'vitest/node';

declare module 'vitest' {
  interface TaskMeta {
    /** What a test of a topology measured, by its name: `{ 'sign-ins': '60 of 60' }`. */
    figures?: Record<string, string>;
  }
}

/** After `npm run test:topologies`, prints one row for each topology: a `describe` at the top of a file in test/topologies. */
export default class TopologyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules
      .flatMap((module) => [...module.children.suites()])
      .map((suite) => toRow(suite.name, [...suite.children.allTests()]));
    const width = Math.max(...rows.map(({ name }) => name.length), 0);
    console.log('\nTopologies:');
    for (const { name, tests, figures } of rows) console.log(`  ${name.padEnd(width)}  ${tests}  ${figures}`);
  }
}

function toRow(name: string, tests: TestCase[]) {
  const passed = tests.filter((test) => test.result().state === 'passed').length;
  const figures = tests.flatMap((test) => Object.entries(test.meta().figures ?? {}));
  return {
    name,
    tests: `${passed === tests.length ? 'works' : 'FAILS'} (${passed}/${tests.length})`,
    figures: figures.map(([what, figure]) => `${what}: ${figure}`).join(' · '),
  };
}
