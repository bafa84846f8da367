import { randomUUID } from 'node:crypto';
import type { ChannelName } from '../../config/config.js';
import type { Channel } from '../channels/channel.js';

/**
 * The messages that this process has sent, with codes and full phones, for the developer's phone page. Development only: in
 * production there is no outbox.
 */
export interface Outbox {
  sent(message: OutgoingMessage): void;
  /** The latest 500 messages, oldest first. */
  messages(): readonly SentMessage[];
  /** Calls the listener for each new message. @returns a function that ends the subscription. */
  subscribe(listener: (message: SentMessage) => void): () => void;
}

export interface OutgoingMessage {
  /** E.164, or the WhatsApp ID (`…@lid`) of a user who hides the phone. */
  phone: string;
  /** Or `whatsapp`: the gateway's reply to a WhatsApp message, which uses no delivery channel. */
  channel: ChannelName;
  text: string;
  code?: string;
}

export interface SentMessage extends OutgoingMessage {
  id: string;
  at: Date;
}

const MAX_MESSAGES = 500;

export function createOutbox(): Outbox {
  const kept: SentMessage[] = [];
  const listeners = new Set<(message: SentMessage) => void>();
  return {
    sent(outgoing) {
      const message = { ...outgoing, id: randomUUID(), at: new Date() };
      kept.push(message);
      if (kept.length > MAX_MESSAGES) kept.shift();
      for (const listener of listeners) listener(message);
    },
    messages: () => [...kept],
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Wraps a channel so that the outbox contains every message that its provider accepts. */
export function keepSent(channel: Channel, outbox: Outbox): Channel {
  return {
    ...channel,
    async send(message, signal) {
      const result = await channel.send(message, signal);
      const { phone, text, code } = message;
      // A notification has no code.
      if (result.outcome === 'accepted')
        outbox.sent({ phone, channel: channel.name, text, ...(code === '' ? {} : { code }) });
      return result;
    },
  };
}
