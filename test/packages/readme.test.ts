import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PROJECT, cleanUpProcesses, makeFolder } from '../support/process.js';
import { type ApplicationGateway, startApplicationGateway } from './support/gateway-of-application.js';
import { startProgram } from './support/program.js';
import { installTarballs, packTarball } from './support/tarballs.js';

/** The browser's prompt() for Node: it asks on the standard output, and waits for a line of the standard input. */
const PROMPT = `
import { readSync, writeSync } from 'node:fs';
globalThis.prompt = (question) => {
  writeSync(1, question);
  const line = Buffer.alloc(100);
  return line.toString('utf8', 0, readSync(0, line)).trim();
};`;

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
  writeFileSync(join(cwd, 'prompt.mjs'), PROMPT);
  writeFileSync(join(cwd, 'main.mjs'), lines.replace('http://localhost:4000', gateway.url));
  const program = startProgram(['--import', './prompt.mjs', 'main.mjs'], { cwd, env: {} });
  try {
    program.type(await gateway.codeAfter(() => program.writes('+7701*****02')));
    await program.writes('Signed in as +77010000002');
  } finally {
    await program.stop(); // the client would go on refreshing the session
  }
});
