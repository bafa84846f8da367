import { randomUUID } from 'node:crypto';
import type { ChannelName } from '../../config/config.js';
import type { Channel } from '../channels/channel.js';

/**
 * Development only: what the gateway has sent in this process, with codes and whole numbers, for the developer's phone
 * to show. In production there is none.
 */
export interface Outbox {
  sent(message: OutgoingMessage): void;
  /** The last of them, the oldest first. */
  messages(): readonly SentMessage[];
  /** Is told of each from now on. @returns what ends that. */
  subscribe(listener: (message: SentMessage) => void): () => void;
}

export interface OutgoingMessage {
  /** E.164; the WhatsApp id (`…@lid`) of a person who hides the phone. */
  phone: string;
  /** `whatsapp` is what the gateway answers to a message, which goes by no channel. */
  channel: ChannelName | 'whatsapp';
  text: string;
  code?: string;
}

export interface SentMessage extends OutgoingMessage {
  id: string;
  at: Date;
}

const KEPT = 500;

export function createOutbox(): Outbox {
  const kept: SentMessage[] = [];
  const listeners = new Set<(message: SentMessage) => void>();
  return {
    sent(outgoing) {
      const message = { ...outgoing, id: randomUUID(), at: new Date() };
      kept.push(message);
      if (kept.length > KEPT) kept.shift();
      for (const listener of listeners) listener(message);
    },
    messages: () => [...kept],
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** The same channel; what its provider accepts is in the outbox too. */
export function keepSent(channel: Channel, outbox: Outbox): Channel {
  return {
    ...channel,
    async send(message, signal) {
      const result = await channel.send(message, signal);
      const { phone, text, code } = message;
      // A notice has no code.
      if (result.outcome === 'accepted')
        outbox.sent({ phone, channel: channel.name, text, ...(code === '' ? {} : { code }) });
      return result;
    },
  };
}
