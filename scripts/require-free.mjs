// `npm run dev` and `npm run examples` first check that nothing uses what they need: the data folder and their ports.
// Otherwise they print one line that says what runs and exit with 1, before they change anything.
import '../bin/require-node.mjs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

/**
 * Needs a build. Exits with 1 where another gateway uses `.data`, or a program uses one of the ports.
 *
 * @param {[port: number, variable: string][]} ports with the variable that sets each
 */
export async function requireFree(ports) {
  const { alreadyRunning } = await import('../dist/already-running.js');
  const text =
    (process.env.DATABASE_URL || process.env.DATABASE_URL_FILE ? undefined : await alreadyRunning('.data')) ??
    (await usedPort(ports));
  if (text === undefined) return;
  console.error(text);
  process.exit(1);
}

/** Needs a build. Adds the `.env` of this folder to the environment, as the gateway does, so that both read the same ports. */
export async function loadEnvFile() {
  const { loadEnvFile: load } = await import('../dist/config/env-file.js');
  try {
    load();
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}

async function usedPort(ports) {
  for (const [port, variable] of ports)
    if (!(await isFree(port)))
      return `Port ${port} is already in use. Stop the program that uses it, or set ${variable} to another port.`;
  return undefined;
}

async function isFree(port) {
  const probe = createServer();
  try {
    await once(probe.listen(port), 'listening');
    return true;
  } catch (error) {
    return error.code !== 'EADDRINUSE';
  } finally {
    probe.close();
  }
}

/** For `npm run dev`. Not in dev.ts, because tsx waits for a change of its files after an error. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await loadEnvFile();
  await requireFree([[Number(process.env.PORT || 4000), 'PORT']]);
}
