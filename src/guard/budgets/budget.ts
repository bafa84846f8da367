import type { Rule } from '../rules.js';

/** Kinds of subjects. Every statement locks the rows of the table in this order, so that no two wait for each other. */
export const SCOPE = {
  /** All known devices of a phone. */
  device: 1,
  phone: 2,
  /** An IPv4 address, or the /64 of an IPv6 address. */
  address: 3,
  /** A /24, or the /56 of an IPv6 address. */
  network: 4,
  /** The /48 of an IPv6 address. */
  site: 5,
  block: 6,
  range: 7,
  country: 8,
  channel: 9,
  all: 10,
  /** WhatsApp logins that a network starts. */
  starts: 11,
  allStarts: 12,
  /** WhatsApp messages that answer a chat. */
  replies: 13,
  allReplies: 14,
  /** Questions to the provider which phone a chat has. */
  lookups: 15,
  allLookups: 16,
  /** A hundred thousand numbers. */
  wideBlock: 17,
  /** The users of a country. */
  users: 18,
  /** Exports of the data of a user. */
  exports: 19,
  /** Notifications of one purpose: to a phone, by a channel, and all. */
  notificationsToPhone: 20,
  notificationsByChannel: 21,
  allNotifications: 22,
  /** Messages that a network got back because their provider was down. */
  givenBack: 23,
} as const;

/** A limit on what one subject may cause. Left out: no such limit. Names are those of the SQL in judge-budgets.ts. */
export interface Budget {
  scope: number;
  subject: string;
  /** For guard events. */
  rule: Rule;
  /**
   * Whom it limits: a client with a known device of the phone, any other client (a stranger), or both. `user` and `new`: a
   * stranger that requests a code for the phone of a user, or for any other phone. `reserve`: a stranger that has solved a captcha
   * after strangers have spent the budget of the phone.
   */
  audience: 'all' | 'known' | 'stranger' | 'reserve' | 'user' | 'new';
  /** A full budget blocks the message (the client gets an answer as if it was sent) instead of refusing the request. */
  blocks: boolean;
  /**
   * How many times larger the budget is: of a phone or a network for a client that has solved a captcha, of a destination for
   * one whose network is trusted. A captcha does not prove that a destination is honest.
   */
  ease: number;
  /** Weighted messages, in hundredths. */
  minute_sends?: number;
  hour_sends?: number;
  day_sends?: number;
  /** Messages whose code was not used, at least. The limit grows with the codes that were used. */
  hour_unverified?: number;
  day_unverified?: number;
  /** How many times more than UNVERIFIED_RATIO the limit grows with what was used; once if left out. */
  growth?: number;
  /** Unused messages do not count here, and used ones enlarge the budget: those of a known device. */
  uncounted?: true;
  /** In millionths of a US dollar. */
  hour_cost?: number;
  day_cost?: number;
}

/** Between the phone and the network in the subject of a reserve; in no other subject. */
export const RESERVE_MARK = ' from ';

export type Limits = Partial<Omit<Budget, 'scope' | 'subject' | 'rule' | 'blocks'>>;

/** The scopes of messages, with their rules. */
const MESSAGE_RULES = {
  device: 'device',
  phone: 'phone',
  address: 'address',
  network: 'network',
  site: 'site',
  block: 'block',
  wideBlock: 'block',
  range: 'range',
  country: 'country',
  users: 'country',
  channel: 'channel',
  all: 'all',
  notificationsToPhone: 'notifications',
  notificationsByChannel: 'notifications',
  allNotifications: 'notifications',
} as const satisfies Partial<Record<keyof typeof SCOPE, Rule>>;

export function budget(
  scope: keyof typeof MESSAGE_RULES,
  subject: string,
  { audience = 'all', ease = 1, ...limits }: Limits,
): Budget {
  const blocks = SCOPE[scope] >= SCOPE.block;
  return { scope: SCOPE[scope], subject, rule: MESSAGE_RULES[scope], audience, blocks, ease, ...limits };
}

/** A budget counts hundredths of a message. */
export const sends = ({ minute, hour, day }: { minute?: number; hour: number; day: number }): Limits => ({
  ...(minute === undefined ? {} : { minute_sends: minute * 100 }),
  hour_sends: hour * 100,
  day_sends: day * 100,
});
export const unverified = ({ hour, day }: { hour: number; day: number }): Limits => ({
  hour_unverified: hour,
  day_unverified: day,
});

export const withoutLimits = ({ scope, subject, rule, audience, blocks, ease, uncounted }: Budget): Budget => ({
  scope,
  subject,
  rule,
  audience,
  blocks,
  ease,
  ...(uncounted ? { uncounted } : {}),
});
