import type { Phonegate } from '@phonegate/client';
import { codeOf } from './answers.js';

/** Whether the browser reports that there is no network. A request that is made then does not leave the device. */
export const isOffline = () => typeof navigator !== 'undefined' && 'onLine' in navigator && !navigator.onLine;

/** Milliseconds. */
const SHORTEST_PAUSE = 1_000;
const LONGEST_PAUSE = 8_000;

/**
 * Resolves when the gateway can be reached. A browser reports a network some time before it carries anything, so a query that
 * changes nothing tries it out.
 *
 * @returns false when `isWanted` has become false
 */
export async function gatewayIsBack(
  client: Pick<Phonegate, 'recognizePhone'>,
  isWanted: () => boolean,
): Promise<boolean> {
  for (let pause = SHORTEST_PAUSE; isWanted(); pause = Math.min(LONGEST_PAUSE, pause * 2)) {
    if (!isOffline() && (await isReachable(client))) return isWanted();
    await pauseUntilOnline(pause);
  }
  return false;
}

const isReachable = (client: Pick<Phonegate, 'recognizePhone'>) =>
  client.recognizePhone('').then(
    () => true,
    (error: unknown) => codeOf(error) !== 'NETWORK',
  );

/** Ends early when the browser reports a network. A page that was frozen may have missed that. React Native has no such events. */
function pauseUntilOnline(ms: number): Promise<void> {
  const hasEvents = typeof addEventListener === 'function';
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      if (hasEvents) removeEventListener('online', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (hasEvents) addEventListener('online', done);
  });
}
