import { z } from 'zod';
import type { Config } from '../../../config/config.js';
import { type Failed, failed } from '../channel.js';
import { isFailed } from '../http.js';
import { createMelipayamak } from './client.js';
import { failureOf } from './results.js';

/** What Melipayamak says of the account. */
export interface MelipayamakAccount {
  /** How many SMS can still be sent. */
  credit: number;
  /** The lines of the account; unknown through the console. */
  lines: string[] | undefined;
}

const CREDIT = z.object({ amount: z.coerce.number() });
const TIMEOUT_MS = 5_000;

export async function readMelipayamakAccount(config: Config['melipayamak']): Promise<MelipayamakAccount | Failed> {
  const melipayamak = createMelipayamak(config);
  if (config.username === undefined) {
    const answer = await melipayamak.console('receive/credit', undefined, AbortSignal.timeout(TIMEOUT_MS));
    if (isFailed(answer)) return answer;
    const credit = CREDIT.safeParse(answer.body).data?.amount;
    return credit === undefined ? failed('unknown', 'unreadable answer') : { credit, lines: undefined };
  }
  const answer = await melipayamak.rest('GetCredit', {}, AbortSignal.timeout(TIMEOUT_MS));
  if (isFailed(answer)) return answer;
  if (/^null$/i.test(answer.value)) return failed('authentication', 'no credit is told');
  if (!answer.isOk || !/^\d+(\.\d+)?$/.test(answer.value)) return failureOf(answer.value);
  const numbers = await melipayamak.rest('GetUserNumbers', {}, AbortSignal.timeout(TIMEOUT_MS));
  // Its form is documented nowhere: whatever looks like a line is one.
  const lines = isFailed(numbers) || !numbers.isOk ? undefined : (numbers.value.match(/\d{4,20}/g) ?? []);
  return { credit: Number(answer.value), lines };
}
