import type { Phonegate } from '@phonegate/client';
import { codeOf, problemOf } from './answers.js';
import { gatewayIsBack, isOffline } from './network.js';
import type { StateHolder } from './state-holder.js';
import type { Problem } from './state.js';

export interface LoginRequest {
  /** What a problem with it is shown for. */
  of: Problem['of'];
  /** Whether it can be sent again when nobody knows whether it has arrived. */
  repeatable: boolean;
  send: () => Promise<void>;
}

/** Runs one request at a time. Without a network the request is held until there is one. */
export function createRequestRunner(deps: {
  client: Phonegate;
  state: StateHolder;
  /** Called after each request. */
  onDone: () => void;
}): (request: LoginRequest) => Promise<void> {
  const { client, state } = deps;
  let held: LoginRequest | undefined;

  async function run(request: LoginRequest): Promise<void> {
    if (state.get().busy) return;
    const { step } = state.get();
    let mustWait = isOffline();
    if (!mustWait) {
      state.change({ busy: true, waitingForNetwork: false, problem: undefined });
      try {
        await request.send();
      } catch (error) {
        mustWait = request.repeatable && codeOf(error) === 'NETWORK' && isOffline() && step === state.get().step;
        if (!mustWait) state.change({ problem: problemOf(error, request.of) });
      } finally {
        state.change({ busy: false });
        deps.onDone();
      }
    }
    if (mustWait) await hold(request);
  }

  async function hold(request: LoginRequest): Promise<void> {
    held = request;
    state.change({ waitingForNetwork: true, problem: undefined });
    const isWanted = () => held === request && state.get().waitingForNetwork;
    if (!(await gatewayIsBack(client, isWanted))) return;
    state.change({ waitingForNetwork: false });
    await run(request);
  }

  return run;
}
