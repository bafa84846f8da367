import type { ChannelName, Config } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import type { Audit } from '../../events/audit.js';
import type { ChargeMessage } from '../../guard/budgets/charge-message.js';
import { type Charge, giveBack } from '../../guard/budgets/give-back.js';
import type { GuardEvents } from '../../guard/events/guard-events.js';
import type { Rule } from '../../guard/rules.js';
import { maskPhone } from '../../phone/mask-phone.js';
import { type Accepted, type Failed, failed, mayHaveBeenSent } from '../channels/channel.js';
import { acceptDecoy } from '../decoy/decoy-delivery.js';
import type { AcceptedDecoy, Imitation, Send } from '../decoy/imitate-send.js';
import { recordAccepted } from '../log/record-accepted.js';
import { recordFailed } from '../log/record-failed.js';
import { recordRefusal } from '../log/record-refusal.js';
import { recordUnanswered } from '../log/record-unanswered.js';
import type { SendRecord } from '../log/sms-log.js';
import type { FindTemplate } from '../templates/template-cache.js';
import { callChannel } from './call-channel.js';
import type { CodeMessage } from './code-message.js';
import { DeliveryFailed } from './delivery-failed.js';
import type { DeliveryPlan } from './delivery-plan.js';
import { type ResilientChannel, isOfProvider } from './resilient-channel.js';
import { timeFor } from './time-budget.js';

export interface SendDeps {
  channels: ReadonlyMap<ChannelName, ResilientChannel>;
  plan: DeliveryPlan;
  imitation: Imitation;
  config: Config['delivery'];
  findTemplate: FindTemplate;
  chargeMessage: ChargeMessage;
  guardEvents: GuardEvents;
  database: Database;
  audit: Audit;
}

/** The first delivery of a route. */
export interface FirstDelivery {
  /** Its row, which is already written. */
  deliveryId: string;
  /** What it was charged; undefined when it was not charged yet. */
  charge: Charge | undefined;
  /** No message is sent. Every channel seems to answer as it recently did. */
  decoy: boolean;
}

interface SendInput extends FirstDelivery {
  message: CodeMessage;
  route: ChannelName[];
}

/** A channel's answer, with the channels that follow it. */
interface Outcome extends Pick<SendInput, 'message' | 'decoy'> {
  channel: ChannelName;
  following: ChannelName[];
  record: SendRecord;
  /** The provider's name of the approved text, if it was sent one. */
  template: string | undefined;
}

/**
 * Tries the channels of the route in order, within the time budget, until one accepts. Each try is a delivery of its
 * own, and is charged to the budgets of the guard. What a channel clearly refuses is given back in part.
 *
 * @returns the channel that accepted the message; otherwise the first one that did not answer and may have sent it.
 * @throws DeliveryFailed when every channel refused it, or the attempt was closed meanwhile
 */
export async function sendAlongRoute(input: SendInput, deps: SendDeps): Promise<ChannelName> {
  const { message, route, decoy } = input;
  const { channels, imitation, config } = deps;
  const sendMessage: Send = async (name, toSend, { withinMs, isLastWay }) =>
    channels.get(name)?.send(toSend, withinMs, { isLastWay }) ?? failed('channel_down', 'not configured any more');
  const send = message.testPhone ? deliverNothing : decoy ? imitation.send : sendMessage;
  const deadline = performance.now() + config.budgetSeconds * 1000;
  let { deliveryId, charge } = input;
  let unanswered: ChannelName | undefined;
  for (const [index, channel] of route.entries()) {
    const following = route.slice(index + 1);
    const isLast = following.length === 0;
    const leftMs = deadline - performance.now();
    // No channel needs the rest of the time.
    const withinMs = timeFor(leftMs, following.length, isLast ? leftMs : config.channelTimeoutSeconds * 1000);
    const charged = charge ? { charge, blockedBy: undefined } : await chargeNext({ message, decoy, channel }, deps);
    charge = undefined;
    const sendUnlessBlocked: Send = charged.blockedBy === undefined ? send : refuseBecause(charged.blockedBy);
    const call = { channel, message, deliveryId, withinMs, isLastWay: isLast, send: sendUnlessBlocked };
    const startedAt = performance.now();
    const { result, record, providerTemplate } = await callChannel(call, deps);
    const template = channels.get(channel)?.templateOf?.({ providerTemplate });
    const outcome = { message, decoy, channel, following, record, template };
    const { home } = channels.get(channel) ?? {};
    const knowsNumber = home === undefined || home === message.country || isLast;
    if (result.outcome === 'failed' && result.failure === 'invalid_number' && knowsNumber) {
      await acceptUnknownNumber(outcome, { result, charge: charged.charge, startedAt, withinMs }, deps);
      return channel;
    }
    if (result.outcome === 'accepted') {
      await accept(outcome, result, deps);
      return channel;
    }
    if (!mayHaveBeenSent(result)) {
      const { attemptId } = message;
      await giveBack({ charge: charged.charge, attemptId, providerDown: isOfProvider(result) }, deps);
    }
    const next = await fail(outcome, result, deps);
    if (next === 'on_its_way') return channel;
    // The attempt was closed meanwhile, or a newer delivery sends the code.
    if (next === 'over' && !isLast) throw new DeliveryFailed();
    if (mayHaveBeenSent(result)) unanswered ??= channel;
    if (next === 'over') break;
    ({ deliveryId } = next);
  }
  if (unanswered) return unanswered;
  throw new DeliveryFailed();
}

/** Charges a delivery that no client has just requested: a failover. */
function chargeNext(
  { message, decoy, channel }: Pick<Outcome, 'message' | 'decoy' | 'channel'>,
  { chargeMessage }: Pick<SendDeps, 'chargeMessage'>,
): Promise<{ charge: Charge; blockedBy: string | undefined }> {
  const { attemptId, phone, country, clientIp } = message;
  return chargeMessage({ attemptId, phone, country, channel, clientIp, decoy, occasion: 'failover' });
}

/** A budget is spent, so the next channel is tried. */
const refuseBecause =
  (rule: string): Send =>
  () =>
    Promise.resolve(failed('rate_limited', `budget: ${rule}`));

/** A test phone knows its code: every message seems to arrive. */
const deliverNothing: Send = () =>
  Promise.resolve({
    outcome: 'accepted',
    providerId: null,
    becomes: { outcome: 'delivered', failure: null, afterMs: 0 },
  });

/**
 * The number cannot exist, by its provider. The client gets the answer of a number that exists, and the message becomes a decoy:
 * otherwise anyone could ask the provider which numbers exist (R10). See docs/decisions/0053.
 */
async function acceptUnknownNumber(
  outcome: Outcome,
  { result, charge, ...time }: { result: Failed; charge: Charge; startedAt: number; withinMs: number },
  deps: SendDeps,
): Promise<void> {
  const { message, channel, decoy } = outcome;
  const { attemptId, phone, country, clientIp } = message;
  if (!decoy) {
    const { failure, detail } = result;
    deps.audit.warn({ event: 'otp.send_failed', ...fieldsOf(outcome), failure, detail });
    const about = { phone, country, channel, attemptId, ip: clientIp ?? undefined };
    deps.guardEvents.record({ rule: 'unknown_number', action: 'blocked', ...about });
    await giveBack({ charge, attemptId, unnoticed: true }, deps);
  }
  const accepted = await deps.imitation.accept(channel, message, time);
  await accept({ ...outcome, decoy: true }, { ...accepted, ...(decoy ? {} : { blockedBy: 'unknown_number' }) }, deps);
}

async function accept(
  outcome: Outcome,
  result: Accepted | (AcceptedDecoy & { blockedBy?: Rule }),
  deps: SendDeps,
): Promise<void> {
  const { message, channel, following, decoy, record } = outcome;
  const followUp = await deps.plan.followUpOf(channel, { country: message.country, isLast: following.length === 0 });
  if ('becomes' in result) await acceptDecoy({ record, ...result, receiptSeconds: followUp.receiptSeconds }, deps);
  else await recordAccepted({ record, result, followUp }, deps);
  if (result.afterRefusal) await refuse(outcome, result.afterRefusal, deps);
  const event = message.testPhone ? 'otp.test_phone' : decoy ? 'otp.decoy' : 'otp.sent';
  deps.audit.info({ event, ...fieldsOf(outcome) });
}

/** @returns the next delivery, or why there is none */
async function fail(
  outcome: Outcome,
  result: Failed,
  deps: SendDeps,
): Promise<{ deliveryId: string } | 'over' | 'on_its_way'> {
  const { message, channel, following, decoy } = outcome;
  const record = refusedRecord(outcome);
  const { plan, audit } = deps;
  const { failure, detail } = result;
  const next = plan.planDelivery(following, message, decoy);
  // The log must distinguish the failure of a decoy from a real one.
  const logged = decoy ? { ...result, detail: 'suppressed' } : result;
  const isLastAndUnanswered = following.length === 0 && mayHaveBeenSent(result);
  if (isLastAndUnanswered && (await recordUnanswered({ record, detail }, deps))) {
    audit.info({ event: decoy ? 'otp.decoy' : 'otp.sent', ...fieldsOf(outcome), failure, detail });
    return 'on_its_way';
  }
  const recorded = isLastAndUnanswered ? 'on_its_way' : await recordFailed({ record, result: logged, next }, deps);
  if (recorded === 'on_its_way') {
    // The channel did not answer, but meanwhile a receipt has shown that it sent the message.
    const followUp = await plan.followUpOf(channel, { country: message.country, isLast: following.length === 0 });
    await recordAccepted({ record: outcome.record, result: { outcome: 'accepted', providerId: null }, followUp }, deps);
    audit.info({ event: 'otp.sent', ...fieldsOf(outcome), failure, detail });
    return 'on_its_way';
  }
  if (decoy) audit.info({ event: 'otp.decoy', ...fieldsOf(outcome), failure });
  else logRefusal(outcome, result, deps);
  return next && recorded === 'continues' ? next : 'over';
}

/** The refusal names the approved text of the provider, and not ours. */
const refusedRecord = ({ record, template = record.template }: Outcome): SendRecord => ({ ...record, template });

/** The provider refused its approved text, and accepted another one. */
async function refuse(outcome: Outcome, refusal: Failed, deps: SendDeps): Promise<void> {
  await recordRefusal({ record: refusedRecord(outcome), refusal }, deps);
  logRefusal(outcome, refusal, deps);
}

/** A refused template is named, with the page on which the operator creates it. */
function logRefusal(
  outcome: Outcome,
  { failure, detail }: Failed,
  { audit, channels }: Pick<SendDeps, 'audit' | 'channels'>,
): void {
  const { channel, template } = outcome;
  const page = channels.get(channel)?.templatePage;
  const refused = failure === 'template_rejected' && template !== undefined ? { template, page } : {};
  audit.warn({ event: 'otp.send_failed', ...fieldsOf(outcome), failure, detail, ...refused });
}

function fieldsOf({ message, channel, record }: Outcome) {
  return {
    attemptId: message.attemptId,
    deliveryId: record.deliveryId,
    channel,
    phone: maskPhone(message.phone),
    latencyMs: Math.round(record.latencyMs),
  };
}
