import { emitState } from './events.js';
import { type Instance, type State, digitsOf, secondsNow } from './instance.js';
import { drainQueue } from './queue.js';

/** From now on the instance is in this state, and says so. Once authorized, what waited on both sides goes its way. */
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

/** Runs `act` when the instance is up again, which is at once while `settingsDelayMs` is 0. */
export function restart(instance: Instance, act: () => void): void {
  const { restarts, settingsDelayMs, clock } = instance;
  if (settingsDelayMs === 0) return act();
  if (restarts.pending === 0) restarts.from = instance.state;
  restarts.pending += 1;
  if (instance.state !== 'starting') setState(instance, 'starting');
  clock.after(settingsDelayMs, () => {
    restarts.pending -= 1;
    act();
    // Unless a test has put it into another state meanwhile.
    if (restarts.pending === 0 && instance.state === 'starting') setState(instance, restarts.from);
  });
}
