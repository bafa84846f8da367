/** The limits of the guard. Sources: R1, R6, R7, R18 and R22 of docs/security/requirements.md. */

/** Open OTP attempts per phone. */
export const OPEN_OTP_ATTEMPTS_PER_PHONE = 3;

/** Open sessions per user. The trigger sessions_at_most of the table enforces it, and a test compares the two numbers. */
export const OPEN_SESSIONS_PER_USER = 50;

/** Seconds before the code of an attempt may be sent again. */
export const RESEND_AFTER_SECONDS = 60;

/**
 * Messages to a phone that strangers may cause, and that each known device of it may cause. The hour and the day are
 * twice the numbers of R7: see docs/decisions/0007.
 */
export const SENDS_PER_PHONE = { minute: 2, hour: 10, day: 20 };

/** Messages that a client network may cause: an address (IPv6: a /64), a /24 (IPv6: a /56), a /48. */
export const SENDS_PER_NETWORK = {
  address: { hour: 300, day: 2_000 },
  network: { hour: 900, day: 6_000 },
  site: { hour: 2_700, day: 18_000 },
};

/** Of these, messages whose code is not used, at least. The limit grows with the codes that are used: see UNVERIFIED_RATIO. */
export const UNVERIFIED_PER_NETWORK = {
  address: { hour: 10, day: 30 },
  network: { hour: 20, day: 60 },
  site: { hour: 40, day: 120 },
};

/**
 * Unverified messages for each verified one: of a day, and of an hour (a sixth of the best day counts as its hour). These
 * are the numbers of Authgear's fraud protection.
 */
export const UNVERIFIED_RATIO = { day: 0.3, hour: 0.2 };

/** How long the day with the most verified messages counts. */
export const PEAK_DAYS = 14;

/** Weights of a message, in hundredths: without an answer or a used code, refused by its provider, and used. */
export const WEIGHTS = { unused: 100, refused: 50, used: 25 };

/** Verified messages after which a network is trusted, as long as at most half as many were not used. */
export const TRUSTED_NETWORK_VERIFIED = 3;

/** Part of a budget that strangers may spend without a captcha. */
export const SUSPICIOUS_SHARE = 0.5;

/** Shares of the money that all messages of a day may cost. `known`: what known devices may spend, in place of `all`. */
export const SPEND_SHARES = {
  block: 0.05,
  range: 0.3,
  country: 0.6,
  channel: 1,
  all: 0.8,
  known: 1,
};

/** Part of the money of a day that may be spent within one hour. */
export const SPEND_HOUR_SHARE = 0.25;

/** Wrong guesses for a phone, over all attempts. After these, codes are refused until the hour has passed. */
export const PHONE_FAILURES_PER_HOUR = 10;

/**
 * Wrong guesses for a phone without a success in between. After these, only a sign-in by another method or an admin
 * unlocks the phone.
 */
export const PHONE_FAILURES_IN_A_ROW = 100;

/** The wait in the answer after PHONE_FAILURES_IN_A_ROW: a day. A sign-in by WhatsApp works at once. */
export const LOCKED_PHONE_RETRY_SECONDS = 86_400;

/**
 * How long the count of wrong guesses for a phone is kept after the last one. An attacker who waits this long each time
 * has less than four hundred guesses a year: one account in 2,500 phones.
 */
export const PHONE_FAILURES_KEPT_DAYS = 90;

/** How long a phone that PHONE_FAILURES_IN_A_ROW locks stays locked, if nothing unlocks it. */
export const PHONE_LOCK_KEPT_DAYS = 365;

/** Wrong two-digit answers before a WhatsApp confirmation fails. */
export const CONFIRMATION_MAX_TRIES = 3;

/**
 * Per instance: look-ups of the phone behind a hidden WhatsApp ID, because of an answer (NO or two digits): of one chat
 * and of all chats. Anyone can write NO, and the smallest plan of Green API allows a hundred look-ups a month.
 */
export const ANSWER_LOOKUPS_PER_CHAT_PER_HOUR = 3;
export const ANSWER_LOOKUPS_PER_HOUR = 60;

/** Open WhatsApp attempts: per client IP, and in total. */
export const OPEN_WHATSAPP_ATTEMPTS_PER_CLIENT = 60;
export const OPEN_WHATSAPP_ATTEMPTS = 50_000;

/** Per instance: WebSockets of one client IP, event streams (SSE) of one client IP, and subscriptions of one socket. */
export const SOCKETS_PER_CLIENT = 200;
export const SUBSCRIPTIONS_PER_SOCKET = 10;

/** Per instance: connections of one client IP that watch one attempt. A browser may have it open in several tabs. */
export const WATCHERS_PER_CLIENT = 5;

/** Per instance: WebSockets and event streams of all clients. Each takes 12 to 60 KB. */
export const CONNECTIONS_IN_TOTAL = 50_000;

/** Per instance: GraphQL operations of one client IP (IPv6: a /64 network). The burst is what ten seconds allow. */
export const operationsPerClient = (perSecond: number) => ({ perSecond, burst: perSecond * 10 });

/**
 * Per instance: how much CPU time the sockets and streams of one client IP (IPv6: a /64 network) may use, in
 * milliseconds. A sign-in needs less than one. The burst is enough to open 200 sockets or 200 streams at once.
 */
export const CPU_MS_PER_CLIENT = { perSecond: 20, burst: 500 };

/**
 * Per instance: wrong tokens of webhooks in a minute, of one client network and of all networks. Further wrong tokens get
 * a late answer. A provider with a wrong token repeats its webhook less often than this.
 */
export const WRONG_TOKENS_PER_NETWORK_PER_MINUTE = 20;
export const WRONG_TOKENS_PER_MINUTE = 100;

/**
 * Per instance: guesses of webhook tokens whose answer is held back for a second, of one client network and of all
 * networks. Above that, a guess is not compared with the token, so these are guesses in a second too. One network cannot
 * take the places of all.
 */
export const HELD_GUESSES_PER_NETWORK = 50;
export const HELD_GUESSES = 500;

/** How long a challenge of a captcha can be solved. */
export const CAPTCHA_VALID_SECONDS = 300;

/**
 * The largest number of hashes (SHA-256) that a client computes for a captcha of altcha; the least is half of it. Chromium
 * on a CPU that is slowed six times, as an old phone, computes some 42,000 in a second.
 */
export const CAPTCHA_MAX_NUMBER = 60_000;

/**
 * The work doubles with each captcha that was solved for the phone within an hour, and with each twenty that were solved
 * from the network, at most this often.
 */
export const CAPTCHA_MAX_DOUBLINGS = 4;
export const CAPTCHA_SOLUTIONS_PER_NETWORK_DOUBLING = 20;
