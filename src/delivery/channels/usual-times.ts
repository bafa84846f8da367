/** What is assumed of a channel until the gateway has sent some messages by it. Times are medians in milliseconds. */
export interface UsualTimes {
  answerMs: number;
  deliveryMs: number;
  /** Number of each hundred accepted messages. The others get no receipt. */
  delivered: number;
  notOnChannel: number;
  /** Seconds in which its receipts usually come. A receipt of a messenger takes a second or two. */
  receiptSeconds: number;
}

const MESSENGER: UsualTimes = { answerMs: 300, deliveryMs: 1_500, delivered: 93, notOnChannel: 4, receiptSeconds: 20 };

/** By `ChannelKind`. */
export const USUAL_TIMES = {
  whatsapp: MESSENGER,
  telegram: MESSENGER,
  max: MESSENGER,
  // Kavenegar advises clients to check whether an SMS has arrived from about five minutes on (rest.html). A code is older then.
  sms: { answerMs: 250, deliveryMs: 6_000, delivered: 92, notOnChannel: 2, receiptSeconds: 120 },
  // A phone rings for 20 seconds or more before nobody has answered.
  call: { answerMs: 500, deliveryMs: 8_000, delivered: 90, notOnChannel: 2, receiptSeconds: 45 },
  // It writes to the log, and reports nothing.
  developer: { answerMs: 1, deliveryMs: 0, delivered: 0, notOnChannel: 0, receiptSeconds: 20 },
} satisfies Record<string, UsualTimes>;
