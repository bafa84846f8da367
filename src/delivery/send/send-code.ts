import type { CountryCode } from 'libphonenumber-js/max';
import { v7 as uuidv7 } from 'uuid';
import type { Audit } from '../../events/audit.js';
import type { ChannelName, Config } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import { DomainError } from '../../domain-error.js';
import { maskPhone } from '../../phone/mask-phone.js';
import { failed, mayHaveBeenSent } from '../channels/channel.js';
import { type Send, createRecentOutcomes } from '../decoy/recent-outcomes.js';
import { acceptDecoy } from '../decoy/decoy-delivery.js';
import type { ResilientChannel } from './resilient-channel.js';
import { routeFor } from './route.js';
import { type NextTry, type Tried, addTry, recordAccepted, recordFailed } from '../log/sms-log.js';
import { type Text, renderTemplate } from '../templates/render-template.js';
import type { FindTemplate } from '../templates/template-cache.js';

/** A code on its way to a phone. */
export interface CodeMessage {
  attemptId: string;
  phone: string;
  country: CountryCode | undefined;
  code: string;
  ttlSeconds: number;
  locale: string;
  /** The client knows the attempt by now, and may be watching it. */
  watched: boolean;
}

export interface CodeSender {
  /** The channels that a phone of this country is tried on, in order. */
  routeFor(country: CountryCode | undefined): ChannelName[];
  /**
   * How long after it was begun the route's first try is overdue, whatever became of it: the time for sending, and for a
   * receipt. Null where nothing could be done about it then: no channel follows, and it cannot be repeated.
   */
  overdueSeconds(country: CountryCode | undefined, route: ChannelName[]): number | null;
  /** Writes down a try that the client asked for, as `send` and `sendDecoy` need it. */
  createDelivery(codeMessage: CodeMessage, route: ChannelName[], suppressed: boolean): Promise<string>;
  /**
   * Sends the code by the first channel of the route that accepts it, with one log row a try, within the time budget.
   * `deliveryId` is the row of the first try, which is already written.
   *
   * @returns the channel that took it.
   * @throws DeliveryFailed when no channel took it, or the attempt was closed meanwhile
   * @throws DomainError INVALID_PHONE_NUMBER when a provider knows the number cannot be.
   */
  send(codeMessage: CodeMessage, route: ChannelName[], deliveryId: string): Promise<ChannelName>;
  /** Sends nothing, and takes as long, logs as much and answers the same as a send lately did (R10). */
  sendDecoy(codeMessage: CodeMessage, route: ChannelName[], deliveryId: string): Promise<ChannelName>;
}

/** Every channel refused, or did not answer. */
export class DeliveryFailed extends DomainError {
  /** No channel took it for certain, but one may have sent it all the same: it may have cost something. */
  readonly maybeSent: boolean;

  constructor(maybeSent: boolean) {
    super('DELIVERY_FAILED');
    this.maybeSent = maybeSent;
  }
}

/** What is kept for each channel that follows, so that none is left without a turn. */
const LEAST_MS = 1_000;

/** How long a channel may take of what is left of the budget: the better ones, which come first, get more. */
export function timeFor(leftMs: number, following: number, atMostMs: number): number {
  const kept = Math.min(LEAST_MS, leftMs / (following + 1)) * following;
  return Math.max(1, Math.round(Math.min(leftMs - kept, atMostMs)));
}

export function createCodeSender(deps: {
  channels: ResilientChannel[];
  config: Config['delivery'];
  findTemplate: FindTemplate;
  database: Database;
  audit: Audit;
}): CodeSender {
  const { channels, config, findTemplate, database, audit } = deps;
  const byName = new Map(channels.map((channel) => [channel.name, channel]));
  const recentOutcomes = createRecentOutcomes(byName, database);

  const receiptSeconds = ({ country }: { country: CountryCode | undefined }) =>
    (country && config.receiptTimeoutSeconds.get(country)) ?? config.receiptTimeoutSeconds.get('*') ?? 0;
  const overdueSeconds = (country: CountryCode | undefined, [first, ...following]: ChannelName[]) =>
    following.length > 0 || (first && byName.get(first)?.isIdempotent)
      ? config.budgetSeconds + receiptSeconds({ country })
      : null;

  /** The text as this channel sends it, or why it cannot. */
  async function textFor(name: ChannelName, codeMessage: CodeMessage): Promise<Text> {
    const template = await findTemplate({
      purpose: 'LOGIN_CODE',
      channel: name,
      locale: codeMessage.locale,
      country: codeMessage.country,
    });
    const values = { code: codeMessage.code, minutes: Math.ceil(codeMessage.ttlSeconds / 60) };
    return renderTemplate(template, values, name === 'kavenegar-sms' ? config.webOtpHost : undefined);
  }

  /** Hands the message to the channel. */
  const sendReally: Send = async (name, message, withinMs) =>
    byName.get(name)?.send(message, withinMs) ?? failed('channel_down', 'not configured any more');

  async function tryChannel(
    name: ChannelName,
    codeMessage: CodeMessage,
    deliveryId: string,
    withinMs: number,
    send: Send,
  ) {
    const text = await textFor(name, codeMessage);
    const startedAt = performance.now();
    const result =
      text.body === undefined
        ? failed('template_rejected', 'it has no {code}')
        : await send(name, { ...codeMessage, ...text, text: text.body, deliveryId }, withinMs);
    const latencyMs = performance.now() - startedAt;
    const { template, locale } = text;
    const tried: Tried = { deliveryId, template, locale, latencyMs, watched: codeMessage.watched };
    return { result, tried };
  }

  /** Goes from channel to channel until one accepts. `suppressed`: only seemingly, as the channels lately answered. */
  async function sendAlongRoute(
    codeMessage: CodeMessage,
    route: ChannelName[],
    firstDeliveryId: string,
    suppressed: boolean,
  ) {
    const deadline = performance.now() + config.budgetSeconds * 1000;
    const phone = maskPhone(codeMessage.phone);
    let deliveryId = firstDeliveryId;
    let maybeSent = false;
    for (const [index, name] of route.entries()) {
      const nextChannels = route.slice(index + 1);
      const withinMs = timeFor(deadline - performance.now(), nextChannels.length, config.channelTimeoutSeconds * 1000);
      const send = suppressed ? recentOutcomes.replay : sendReally;
      const { result, tried } = await tryChannel(name, codeMessage, deliveryId, withinMs, send);
      const fields = {
        attemptId: codeMessage.attemptId,
        deliveryId,
        channel: name,
        phone,
        latencyMs: Math.round(tried.latencyMs),
      };
      if (!suppressed) recentOutcomes.record(name, result, tried.latencyMs);
      if (result.outcome === 'accepted') {
        const wait = waitFor(name, codeMessage);
        if (suppressed) await acceptDecoy(tried, wait.receiptSeconds, database);
        else await recordAccepted(tried, result, wait, database);
        audit.info({ event: suppressed ? 'otp.suppressed' : 'otp.sent', ...fields });
        return name;
      }
      const { failure, detail } = result;
      const ends = failure === 'invalid_number';
      const next = ends ? undefined : nextTry(nextChannels, codeMessage, suppressed);
      const recorded = await recordFailed(tried, result, next, database);
      if (recorded === 'on_its_way') {
        // As a receipt has shown meanwhile.
        await recordAccepted(tried, { outcome: 'accepted', providerId: null }, waitFor(name, codeMessage), database);
        audit.info({ event: 'otp.sent', ...fields, failure, detail });
        return name;
      }
      maybeSent ||= mayHaveBeenSent(result);
      if (suppressed) audit.info({ event: 'otp.suppressed', ...fields, failure });
      else audit.warn({ event: 'otp.send_failed', ...fields, failure, detail });
      if (ends) throw new DomainError('INVALID_PHONE_NUMBER');
      if (!next || recorded === 'over') break;
      ({ deliveryId } = next);
    }
    throw new DeliveryFailed(maybeSent);
  }

  function waitFor(name: ChannelName, codeMessage: CodeMessage) {
    const channel = byName.get(name);
    return {
      receiptSeconds: channel?.hasReceipts ? receiptSeconds(codeMessage) : 0,
      asked: channel?.receiptsOf !== undefined,
    };
  }

  return {
    routeFor: (country) => routeFor(country, config.routes, channels),
    overdueSeconds,
    async createDelivery(codeMessage, route, suppressed) {
      const deliveryId = uuidv7();
      const [channel, ...nextChannels] = route;
      const started = {
        deliveryId,
        channel: channel as ChannelName,
        nextChannels,
        overdueSeconds: overdueSeconds(codeMessage.country, route),
      };
      await addTry(
        { ...codeMessage, purpose: 'LOGIN_CODE', maskedPhone: maskPhone(codeMessage.phone) },
        started,
        suppressed,
        database,
      );
      return deliveryId;
    },
    send: (codeMessage, route, deliveryId) => sendAlongRoute(codeMessage, route, deliveryId, false),
    sendDecoy: (codeMessage, route, deliveryId) => sendAlongRoute(codeMessage, route, deliveryId, true),
  };

  function nextTry(route: ChannelName[], { locale, country }: CodeMessage, suppressed: boolean): NextTry | undefined {
    const [channel, ...nextChannels] = route;
    const seconds = overdueSeconds(country, route);
    return channel && { deliveryId: uuidv7(), channel, nextChannels, overdueSeconds: seconds, locale, suppressed };
  }
}
