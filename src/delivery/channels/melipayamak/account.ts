import { z } from 'zod';
import { type Failed, failed } from '../channel.js';
import { isFailed } from '../http.js';
import { type MelipayamakSettings, createMelipayamak } from './client.js';
import { failureOf } from './results.js';

/** The account, as Melipayamak reports it. */
export interface MelipayamakAccount {
  /** Number of SMS that can still be sent. */
  credit: number;
  /** The lines of the account. Undefined with the console API, which does not list them. */
  lines: string[] | undefined;
}

const CREDIT = z.object({ amount: z.coerce.number() });
/** Result codes of a refusal, which a credit below zero resembles. */
const ACCOUNT_ERROR = /^-(1|108|109|110|111)$/;
const TIMEOUT_MS = 5_000;

export async function readMelipayamakAccount(config: MelipayamakSettings): Promise<MelipayamakAccount | Failed> {
  const melipayamak = createMelipayamak(config);
  if (config.username === undefined) {
    const answer = await melipayamak.console('receive/credit', undefined, AbortSignal.timeout(TIMEOUT_MS));
    if (isFailed(answer)) return answer;
    const credit = CREDIT.safeParse(answer.body).data?.amount;
    return credit === undefined ? failed('unknown', 'unreadable answer') : { credit, lines: undefined };
  }
  const answer = await melipayamak.rest('GetCredit', {}, AbortSignal.timeout(TIMEOUT_MS));
  if (isFailed(answer)) return answer;
  if (/^null$/i.test(answer.value)) return failed('authentication', 'the answer holds no credit');
  if (!answer.isOk || ACCOUNT_ERROR.test(answer.value) || !/^-?\d+(\.\d+)?$/.test(answer.value))
    return failureOf(answer.value);
  const numbers = await melipayamak.rest('GetUserNumbers', {}, AbortSignal.timeout(TIMEOUT_MS));
  // The form of the answer is not documented, so every number of 4 to 20 digits counts as a line.
  const lines = isFailed(numbers) || !numbers.isOk ? undefined : (numbers.value.match(/\d{4,20}/g) ?? []);
  return { credit: Number(answer.value), lines };
}
