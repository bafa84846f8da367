import type { Desk, FakeMelipayamak, MelipayamakMessage } from './fake-melipayamak.js';
import { isNight } from './night.js';
import { newRecId } from './rec-id.js';
import { DELIVERED, DID_NOT_REACH_TELECOM, IN_SEND_LIST } from './states.js';

/** Takes a message in and sends it on its way. @returns its recId */
export function accept(desk: Desk, letter: Pick<MelipayamakMessage, 'kind' | 'from' | 'to' | 'text'>): string {
  const { fake, clock } = desk;
  const message = { recId: newRecId(), ...letter, state: IN_SEND_LIST, at: clock.now() };
  fake.messages.push(message);
  for (const [index, state] of fateOf(fake, message).entries()) {
    clock.after(fake.statusDelayMs * (index + 1), () => {
      message.state = state;
    });
  }
  desk.onMessage(message);
  return message.recId;
}

function fateOf(fake: FakeMelipayamak, { from, to, at }: MelipayamakMessage): number[] {
  const fate = fake.fates.get(to) ?? fake.defaultFate;
  const night = fake.night === 'by clock' ? isNight(at) : fake.night;
  const lost = night && fake.lines.get(from) === 'advertising' && fate.includes(DELIVERED);
  return lost ? [DID_NOT_REACH_TELECOM] : fate;
}
