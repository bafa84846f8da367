import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { PROJECT, cleanUpProcesses, makeFolder } from '../support/process.js';
import { type ApplicationGateway, startApplicationGateway } from './support/gateway-of-application.js';
import { startProgram } from './support/program.js';
import { installTarballs, packTarball } from './support/tarballs.js';

let gateway: ApplicationGateway;
beforeAll(async () => {
  gateway = await startApplicationGateway();
});
afterAll(async () => {
  await gateway.stop();
  await cleanUpProcesses();
});

test('the ten lines of the README sign a user in, in an empty folder with the packed client', async () => {
  const [, lines = ''] =
    /^```js\n(import \{ createPhonegate \} from '@phonegate\/client';\n[\s\S]*?)^```$/m.exec(
      readFileSync(join(PROJECT, 'README.md'), 'utf8'),
    ) ?? [];
  expect(lines.split('\n').filter(Boolean).length).toBeLessThanOrEqual(10);
  expect(lines).toContain('http://localhost:4000');

  const cwd = makeFolder();
  await installTarballs(cwd, [await packTarball('client')]);
  writeFileSync(join(cwd, 'sign-in.mjs'), lines.replace('http://localhost:4000', gateway.url));
  const program = startProgram(['sign-in.mjs'], { cwd, env: {} });
  onTestFinished(() => program.stop());
  program.type(await gateway.codeAfter(() => program.writes('+7701*****02')));
  expect([await program.ended, program.output()]).toEqual([0, expect.stringContaining('Signed in as +77010000002')]);
});
