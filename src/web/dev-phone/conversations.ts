import type { PhoneMessage } from './settings.js';

/** What came to a phone, or was written from it. */
export type Bubble = Received | Written;

export interface Received extends PhoneMessage {
  kind: 'received';
}

export interface Written {
  kind: 'written';
  id: string;
  phone: string;
  text: string;
  /** WhatsApp did not tell the phone. */
  hidden: boolean;
  /** What the webhook answered. */
  status: number;
  /** By the gateway's clock, as that of what it sends. */
  at: string;
}

export interface Conversations {
  /** Of all phones, the oldest first. */
  bubbles: Bubble[];
  chosen: string | undefined;
  /** How many came to each phone while nobody looked at it. */
  unread: Record<string, number>;
}

export type Change =
  | { kind: 'received'; messages: PhoneMessage[]; isLooking: boolean }
  | { kind: 'written'; message: Written }
  | { kind: 'chosen'; phone: string };

export function change(state: Conversations, event: Change): Conversations {
  const { bubbles, unread } = state;
  switch (event.kind) {
    case 'received': {
      // After a lost connection the gateway tells everything again.
      const known = new Set(bubbles.map(({ id }) => id));
      const fresh = event.messages.filter(({ id }) => !known.has(id));
      // Until somebody chooses, the first phone to get something is looked at.
      const chosen = state.chosen ?? fresh.at(-1)?.phone;
      const counts = { ...unread };
      for (const { phone } of fresh) if (!event.isLooking || phone !== chosen) counts[phone] = (counts[phone] ?? 0) + 1;
      const received = fresh.map((message): Received => ({ ...message, kind: 'received' }));
      return { chosen, bubbles: inOrder([...bubbles, ...received]), unread: counts };
    }
    case 'written':
      return { ...state, bubbles: inOrder([...bubbles, event.message]), chosen: event.message.phone };
    case 'chosen':
      return { ...state, chosen: event.phone, unread: { ...unread, [event.phone]: 0 } };
  }
}

/** An answer may be here before what it answers is known to have been sent. */
function inOrder(bubbles: Bubble[]): Bubble[] {
  return bubbles.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));
}

/** Phones with something to show, the latest first. */
export function phonesOf(bubbles: Bubble[]): { phone: string; last: Bubble }[] {
  const last = new Map<string, Bubble>();
  for (const bubble of bubbles) {
    last.delete(bubble.phone); // a phone stands where its latest bubble does
    last.set(bubble.phone, bubble);
  }
  return [...last].map(([phone, bubble]) => ({ phone, last: bubble })).toReversed();
}
