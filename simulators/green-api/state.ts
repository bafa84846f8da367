import { emitState } from './events.js';
import { type Instance, type State, digitsOf, secondsNow } from './instance.js';
import { drainQueue } from './send-queue.js';

/** Changes the state and sends its webhook. When authorized, waiting messages in both directions are sent. */
export function setState(instance: Instance, state: State): void {
  const before = instance.state;
  instance.state = state;
  writeHistory(instance);
  emitState(instance);
  if (state !== 'authorized') return;
  if (before === 'notAuthorized' || before === null) instance.linkedWithLid = instance.settings.enableLidMode === 'yes';
  for (const arrive of instance.heldBack.splice(0)) arrive();
  drainQueue(instance);
}

export function writeHistory(instance: Instance): void {
  const { state, wid, history } = instance;
  if (state === null) return;
  history.unshift({ stateInstance: state, timestamp: secondsNow(instance), phoneNumber: Number(digitsOf(wid)) });
}

/** Runs `act` when the instance has restarted. With `settingsDelayMs` 0, that is at once. */
export function restart(instance: Instance, act: () => void): void {
  const { restarts, settingsDelayMs, clock } = instance;
  if (settingsDelayMs === 0) return act();
  if (restarts.pending === 0) restarts.from = instance.state;
  restarts.pending += 1;
  if (instance.state !== 'starting') setState(instance, 'starting');
  clock.after(settingsDelayMs, () => {
    restarts.pending -= 1;
    act();
    // A test may have changed the state meanwhile.
    if (restarts.pending === 0 && instance.state === 'starting') setState(instance, restarts.from);
  });
}
