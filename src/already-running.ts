import { resolve } from 'node:path';
import { describeOwner } from './db/embedded/owner.js';
import { runningGateway } from './db/embedded/running.js';

/**
 * What to tell an operator who starts a second gateway beside the one that uses this data folder; undefined when none does.
 *
 * @param port only a gateway on this port
 */
export async function alreadyRunning(folder: string, port?: number): Promise<string | undefined> {
  const owner = await runningGateway(folder);
  if (!owner || (port !== undefined && port !== owner.httpPort)) return undefined;
  return `Phonegate is already running with the data in ${resolve(folder)}: ${describeOwner(owner)}. Stop it first, or start this one in another folder with another PORT.`;
}
