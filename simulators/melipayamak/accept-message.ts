import type { Clock } from '../clock.js';
import { DELIVERED, DID_NOT_REACH_TELECOM, IN_SEND_LIST } from './delivery-states.js';
import { isNight } from './is-night.js';
import { newRecId } from './rec-id.js';
import type { Context, MelipayamakMessage, MelipayamakSimulator } from './simulator.js';

type NewMessage = Pick<MelipayamakMessage, 'kind' | 'from' | 'to' | 'text'>;

/** Accepts a message and starts its delivery. @returns its recId */
export function acceptMessage(newMessage: NewMessage, { simulator, clock, onMessage }: Context): string {
  const message = { recId: newRecId(), ...newMessage, state: IN_SEND_LIST, at: clock.now() };
  simulator.messages.push(message);
  applyStates(message, statesOf(simulator, message), { clock, stepMs: simulator.statusDelayMs });
  onMessage(message);
  return message.recId;
}

/** Gives the message one state after the other. Independent timers could overtake each other on a busy machine. */
function applyStates(
  message: MelipayamakMessage,
  [state, ...rest]: readonly number[],
  timing: { clock: Clock; stepMs: number },
): void {
  if (state === undefined) return;
  timing.clock.after(timing.stepMs, () => {
    message.state = state;
    applyStates(message, rest, timing);
  });
}

function statesOf(simulator: MelipayamakSimulator, { from, to, at }: MelipayamakMessage): number[] {
  const states = simulator.statusesByPhone.get(to) ?? simulator.defaultStatuses;
  const night = simulator.night === 'by clock' ? isNight(at) : simulator.night;
  const isLost = night && simulator.lines.get(from) === 'advertising' && states.includes(DELIVERED);
  return isLost ? [DID_NOT_REACH_TELECOM] : states;
}
