import type { Desk, FakeMelipayamak, MelipayamakMessage } from './fake-melipayamak.js';
import { isNight } from './night.js';
import { newRecId } from './rec-id.js';
import { DELIVERED, DID_NOT_REACH_TELECOM, IN_SEND_LIST } from './states.js';

/** Takes a message in and sends it on its way. @returns its recId */
export function accept(desk: Desk, letter: Pick<MelipayamakMessage, 'kind' | 'from' | 'to' | 'text'>): string {
  const { fake, clock } = desk;
  const message = { recId: newRecId(), ...letter, state: IN_SEND_LIST, at: clock.now() };
  fake.messages.push(message);
  befall(desk, message, fateOf(fake, message), fake.statusDelayMs);
  desk.onMessage(message);
  return message.recId;
}

/** One step after the other: timers of their own could overtake each other on a busy machine. */
function befall(desk: Desk, message: MelipayamakMessage, [state, ...rest]: number[], stepMs: number): void {
  if (state === undefined) return;
  desk.clock.after(stepMs, () => {
    message.state = state;
    befall(desk, message, rest, stepMs);
  });
}

function fateOf(fake: FakeMelipayamak, { from, to, at }: MelipayamakMessage): number[] {
  const fate = fake.fates.get(to) ?? fake.defaultFate;
  const night = fake.night === 'by clock' ? isNight(at) : fake.night;
  const lost = night && fake.lines.get(from) === 'advertising' && fate.includes(DELIVERED);
  return lost ? [DID_NOT_REACH_TELECOM] : fate;
}
