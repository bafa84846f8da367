import { countSmsParts } from '../count-sms-parts.js';
import { Refusal } from './results.js';
import type { Context, KavenegarMessage, KavenegarSimulator } from './simulator.js';
import { CANCELLED, isRefunded } from './statuses.js';

const inDebugMode = ({ config }: KavenegarSimulator): boolean => config.debugmode === 'enabled';

/** Debug mode costs nothing. @throws Refusal 418 if the credit does not cover this many messages */
export function checkCredit(simulator: KavenegarSimulator, message: string, count: number): void {
  const cost = countSmsParts(message) * simulator.partPrice * count;
  if (cost > simulator.account.remaincredit && !inDebugMode(simulator)) throw new Refusal(418);
}

interface NewMessage extends Pick<KavenegarMessage, 'localid' | 'receptor' | 'message' | 'sender' | 'status'> {
  /** The statuses that follow the first. */
  nextStatuses: readonly number[];
  /** Delay of sending, in the provider's milliseconds. Default 0. */
  delayMs?: number;
}

/** Accepts a message, charges for it and starts its delivery. */
export function acceptMessage(
  { nextStatuses, delayMs = 0, ...newMessage }: NewMessage,
  context: Context,
): KavenegarMessage {
  const { simulator, clock } = context;
  const debug = inDebugMode(simulator);
  const message: KavenegarMessage = {
    messageid: String(simulator.nextMessageId),
    ...newMessage,
    cost: countSmsParts(newMessage.message) * simulator.partPrice,
    at: clock.now(),
    ...(debug ? { debug } : {}),
  };
  simulator.nextMessageId += 1n;
  simulator.messages.push(message);
  if (!debug) {
    simulator.account.remaincredit -= message.cost;
    context.onMessage(message);
  }
  const stepMs = simulator.statusDelayMs;
  const statuses = debug ? [CANCELLED] : nextStatuses;
  applyStatuses(message, { statuses, delayMs: delayMs + stepMs, stepMs }, context);
  return message;
}

/** Gives the message one status after the other. Independent timers could overtake each other on a busy machine. */
function applyStatuses(
  message: KavenegarMessage,
  { statuses: [status, ...rest], delayMs, stepMs }: { statuses: readonly number[]; delayMs: number; stepMs: number },
  context: Context,
): void {
  if (status === undefined) return;
  context.clock.after(delayMs, () => {
    setStatus(message, status, context);
    applyStatuses(message, { statuses: rest, delayMs: stepMs, stepMs }, context);
  });
}

function setStatus(message: KavenegarMessage, status: number, { simulator, onStatus }: Context): void {
  if (isRefunded(status) && !isRefunded(message.status) && !message.debug)
    simulator.account.remaincredit += message.cost;
  message.status = status;
  onStatus(message);
}
