import type { Desk, FakeKavenegar, KavenegarMessage } from './fake-kavenegar.js';
import { partsOf } from './parts.js';
import { Refusal } from './results.js';
import { CANCELLED, isRefunded } from './statuses.js';

type Letter = Pick<KavenegarMessage, 'localid' | 'receptor' | 'message' | 'sender' | 'status'>;

const inDebugMode = ({ config }: FakeKavenegar): boolean => config.debugmode === 'enabled';

/** 418 when the credit is short of so many messages. In debug mode nothing is paid. */
export function checkCredit(fake: FakeKavenegar, message: string, count: number): void {
  const cost = partsOf(message) * fake.partPrice * count;
  if (cost > fake.account.remaincredit && !inDebugMode(fake)) throw new Refusal(418);
}

/**
 * Takes a message in, charges for it and sends it on its way.
 * @param fate the statuses after the first
 * @param waitMs until it starts, by the provider's clock
 */
export function accept(desk: Desk, letter: Letter, fate: readonly number[], waitMs = 0): KavenegarMessage {
  const { fake, clock } = desk;
  const debug = inDebugMode(fake);
  const message: KavenegarMessage = {
    messageid: String(fake.nextMessageId),
    ...letter,
    cost: partsOf(letter.message) * fake.partPrice,
    at: clock.now(),
    ...(debug ? { debug } : {}),
  };
  fake.nextMessageId += 1n;
  fake.messages.push(message);
  if (!debug) {
    fake.account.remaincredit -= message.cost;
    desk.announce(message);
  }
  befall(desk, message, debug ? [CANCELLED] : fate, waitMs + fake.statusDelayMs, fake.statusDelayMs);
  return message;
}

/** One step after the other: timers of their own could overtake each other on a busy machine. */
function befall(
  desk: Desk,
  message: KavenegarMessage,
  [status, ...rest]: readonly number[],
  waitMs: number,
  stepMs: number,
): void {
  if (status === undefined) return;
  desk.clock.after(waitMs, () => {
    move(desk, message, status);
    befall(desk, message, rest, stepMs, stepMs);
  });
}

function move({ fake, tell }: Desk, message: KavenegarMessage, status: number): void {
  if (isRefunded(status) && !isRefunded(message.status) && !message.debug) fake.account.remaincredit += message.cost;
  message.status = status;
  tell(message);
}
