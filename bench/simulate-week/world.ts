import type { Answer, Api, Client } from './api.js';
import { solveCaptcha } from './captcha.js';
import type { SimulatedClock } from './clock.js';
import type { Inbox } from './inbox.js';
import type { Population } from './people.js';
import type { Problem } from './problems.js';
import type { Providers } from './providers.js';
import type { Random } from './random.js';
import type { Tally } from './tally.js';

/** Everything that people and attackers act with. */
export interface World {
  clock: SimulatedClock;
  random: Random;
  api: Api;
  inbox: Inbox;
  providers: Providers;
  population: Population;
  /** Codes that providers have accepted for this phone. */
  codesFor(phone: string): number;
  /** The running scenario. */
  tally(): Tally;
  /** Honest sign-ins of the running scenario that did not go smoothly. */
  problems: Problem[];
  /** Phones whose receipts are lost. */
  lostReceipts: Set<string>;
  /** Phones whose messages belong to an attack. */
  attacked: Set<string>;
  /** Phones of attackers that write by WhatsApp. */
  attackersOnWhatsApp: Set<string>;
}

/** An open attempt, with the secret of its client. */
export interface Attempt {
  attemptId: string;
  secret: string;
  resendAt: number;
}

export const readAttempt = (answer: Answer): Attempt => ({
  attemptId: String(answer['attemptId']),
  secret: String(answer['secret']),
  resendAt: Date.parse(String(answer['resendAt'])),
});

/** A request that solves the captcha that it is asked, and says so. */
export async function mutateSolving(
  {
    name,
    input,
    client,
    solve,
  }: { name: string; input: Record<string, unknown>; client: Client; solve: () => Promise<boolean> },
  { api }: Pick<World, 'api'>,
): Promise<Answer> {
  const answer = await api.mutate(name, input, client);
  if (answer.__typename !== 'CaptchaRequired' || !(await solve())) return answer;
  return api.mutate(name, { ...input, captcha: solveCaptcha(answer) }, client);
}
