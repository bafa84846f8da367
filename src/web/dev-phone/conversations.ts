import type { PhoneMessage } from './settings.js';

/** A message to a phone or from it. */
export type Bubble = Received | Written;

export interface Received extends PhoneMessage {
  kind: 'received';
}

export interface Written {
  kind: 'written';
  id: string;
  phone: string;
  text: string;
  /** WhatsApp hid the sender's number. */
  hidden: boolean;
  /** HTTP status of the webhook's answer. */
  status: number;
  /** By the gateway's clock, like the time of a received message. ISO 8601. */
  at: string;
}

export interface Conversations {
  /** Messages of all phones, oldest first. */
  bubbles: Bubble[];
  chosen: string | undefined;
  /** Number of unread messages by phone. */
  unread: Record<string, number>;
}

export type Change =
  | { kind: 'received'; messages: PhoneMessage[]; isVisible: boolean }
  | { kind: 'written'; message: Written }
  | { kind: 'chosen'; phone: string };

export function change(state: Conversations, event: Change): Conversations {
  const { bubbles, unread } = state;
  switch (event.kind) {
    case 'received': {
      // After a lost connection the gateway sends every message again.
      const known = new Set(bubbles.map(({ id }) => id));
      const fresh = event.messages.filter(({ id }) => !known.has(id));
      // Until the developer chooses a phone, the first one that receives a message is shown.
      const chosen = state.chosen ?? fresh.at(-1)?.phone;
      const counts = { ...unread };
      for (const { phone } of fresh) if (!event.isVisible || phone !== chosen) counts[phone] = (counts[phone] ?? 0) + 1;
      const received = fresh.map((message): Received => ({ ...message, kind: 'received' }));
      return { chosen, bubbles: inOrder([...bubbles, ...received]), unread: counts };
    }
    case 'written':
      return { ...state, bubbles: inOrder([...bubbles, event.message]), chosen: event.message.phone };
    case 'chosen':
      return { ...state, chosen: event.phone, unread: { ...unread, [event.phone]: 0 } };
  }
}

/** The gateway's reply may arrive before the page knows that the message was sent. */
function inOrder(bubbles: Bubble[]): Bubble[] {
  return bubbles.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));
}

/** The phones that have messages, latest message first. */
export function phonesOf(bubbles: Bubble[]): { phone: string; last: Bubble }[] {
  const last = new Map<string, Bubble>();
  for (const bubble of bubbles) {
    last.delete(bubble.phone); // so that the map is in the order of the latest messages
    last.set(bubble.phone, bubble);
  }
  return [...last].map(([phone, bubble]) => ({ phone, last: bubble })).toReversed();
}
