import { serve } from '../../../simulators/serve.js';
import type { World } from '../world.js';
import { moveClock } from '../../support/move-clock.js';
import { type Fault, ownDatabase } from './fault.js';
import { byConsole } from './melipayamak.js';

/** Sets the clock of the provider behind this variable to a time that is this many seconds wrong. */
async function turnClock({ env, atTheEnd }: World, variable: string, seconds: number): Promise<void> {
  const real = env[variable];
  const front = await serve(async ({ url, method = 'GET', headers }, body, response) => {
    const sent = { 'content-type': headers['content-type'] ?? 'text/plain' };
    const answer = await fetch(`${real}${url}`, { method, headers: sent, ...(body ? { body } : {}) });
    const date = new Date(Date.now() + seconds * 1000).toUTCString();
    response.writeHead(answer.status, { 'content-type': 'application/json', date }).end(await answer.text());
  });
  atTheEnd(() => front.close());
  env[variable] = front.url;
}

const found = (how: string, provider: string) => [
  { about: 'clock', message: new RegExp(`^this machine is 3[56]\\d\\d s ${how} ${provider}$`), advice: /NTP/ },
];

export const CLOCK: Fault[] = [
  {
    planted: '45 s behind the database',
    plant: async (world) => moveClock(await ownDatabase(world), 45),
    found: [
      {
        about: 'clock',
        message: /^this machine is 4[45](\.\d)? s behind the database: .*access tokens/,
        advice: /NTP/,
      },
    ],
  },
  {
    planted: 'an hour ahead of Green API',
    plant: (world) => turnClock(world, 'GREEN_API_URL', -3600),
    found: found('ahead of', 'Green API'),
  },
  {
    planted: 'an hour behind Kavenegar',
    plant: (world) => turnClock(world, 'KAVENEGAR_URL', 3600),
    found: found('behind', 'Kavenegar'),
  },
  {
    planted: 'an hour behind Melipayamak, read by its console API',
    plant(world) {
      byConsole(world);
      return turnClock(world, 'MELIPAYAMAK_CONSOLE_URL', 3600);
    },
    found: found('behind', 'Melipayamak'),
  },
];
