/** What is assumed of a channel until the gateway has sent some messages by it. Times are medians in milliseconds. */
export interface UsualTimes {
  answerMs: number;
  deliveryMs: number;
  /** Number of each hundred accepted messages. The others get no receipt. */
  delivered: number;
  notOnChannel: number;
}

const MESSENGER: UsualTimes = { answerMs: 300, deliveryMs: 1_500, delivered: 93, notOnChannel: 4 };

/** By `ChannelKind`. */
export const USUAL_TIMES = {
  whatsapp: MESSENGER,
  telegram: MESSENGER,
  max: MESSENGER,
  sms: { answerMs: 250, deliveryMs: 6_000, delivered: 92, notOnChannel: 2 },
  call: { answerMs: 500, deliveryMs: 8_000, delivered: 90, notOnChannel: 2 },
  // It writes to the log, and reports nothing.
  developer: { answerMs: 1, deliveryMs: 0, delivered: 0, notOnChannel: 0 },
} satisfies Record<string, UsualTimes>;
