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

/**
 * Wrong codes of strangers for a phone, that is of clients that are no known devices of it. After these, every stranger
 * needs a captcha for a new code.
 */
export const STRANGER_FAILURES = { perHour: 10, perDay: 30 };

/** Wrong codes of strangers in one network for a phone. After these, the network gets no new code for it. */
export const STRANGER_FAILURES_FROM_NETWORK = { perHour: 5, perDay: 10 };

/** Wrong codes on a known device of a phone. After these, the device gets no new code for it. Strangers cannot spend these. */
export const DEVICE_FAILURES = { perHour: 10, perDay: 30 };

/**
 * How often a code of OTP_LENGTH digits may be guessed in a day: for a phone by strangers, and on each known device. The
 * wrong codes and the tries of open attempts count. When they are used up, new codes have eight digits. See R1.
 */
export const SHORT_CODE_GUESSES_PER_DAY = 10;

/** The same without a time limit, until a reset, or until 90 days have passed without a wrong code. */
export const SHORT_CODE_FAILURES_IN_TOTAL = 30;

/** Digits of a code that is sent when the guesses at shorter ones are used up. */
export const LONG_CODE_LENGTH = 8;

/** How long the wrong codes for a phone count towards SHORT_CODE_FAILURES_IN_TOTAL after the last one. */
export const FAILURES_KEPT_DAYS = 90;

/** How long the other counts of wrong codes are kept: a day, and the day before. */
export const GUESSES_KEPT_DAYS = 2;

/**
 * Wrong codes from a network, an IPv4 address or an IPv6 /64, for any phones. After more in an hour than these, and than
 * half of the right codes of the last 24 hours from there, its codes are refused without a check. See R2.
 */
export const NETWORK_FAILURES_PER_HOUR = 20;

/** Phones with wrong codes from a network in a day. After these, more wrong than right codes are refused too. */
export const NETWORK_PHONES_PER_DAY = 10;

/** How many times the two limits above a wider network has. */
export const WIDER_NETWORKS = { '/56': 2, '/24': 4, '/48': 4 };

/**
 * The breaker of the whole service trips when at least this number of codes were wrong in this time, and more than half
 * of all (R2).
 */
export const SPRAY_MIN_FAILURES = 50;
export const SPRAY_WINDOW_MINUTES = 10;

/** Wrong two-digit answers before a WhatsApp confirmation fails. */
export const CONFIRMATION_MAX_TRIES = 3;

/**
 * Look-ups in an hour of the phone behind a hidden WhatsApp ID. For an answer (NO or two digits) they are few, because anyone can
 * write NO and the smallest plan of Green API allows a hundred a month. For a login message, an attempt must be open.
 */
export const LOOKUPS_PER_HOUR = {
  answer: { perChat: 3, inTotal: 60 },
  login: { perChat: 10, inTotal: 600 },
};

/** WhatsApp messages that answer a stranger: in one chat, and in all chats. */
export const REPLIES_PER_CHAT_PER_HOUR = 3;
export const REPLIES_PER_MINUTE = 60;

/** WhatsApp messages in one chat for which its user waits, such as the question of a second step. */
export const QUESTIONS_PER_CHAT_PER_HOUR = 20;

/**
 * WhatsApp logins that a client network may start without completing them, at least: an address (IPv6: a /64), a /24 (IPv6: a
 * /56), a /48. 5,000 people behind one address start fewer than these until the first of them are signed in.
 */
export const STARTS_PER_NETWORK = {
  address: { hour: 600, day: 3_000 },
  network: { hour: 1_800, day: 9_000 },
  site: { hour: 5_400, day: 27_000 },
};

/** The limits above grow to 20 starts an hour and 30 a day for each completed login: see UNVERIFIED_RATIO. */
export const STARTS_GROWTH = 100;

/**
 * A flood of starts, of all clients in a minute: more than `perMinute`, and more than `timesUsual` times as many as are usually
 * completed.
 */
export const FLOOD_OF_STARTS = { perMinute: 600, timesUsual: 10 };

/** How long an attempt is kept that ended without a proof: a login message or a code. */
export const WITHOUT_PROOF_KEPT_HOURS = 24;

/** Per instance: WebSockets of one client IP, event streams (SSE) of one client IP, and subscriptions of one socket. */
export const SOCKETS_PER_CLIENT = 200;
export const SUBSCRIPTIONS_PER_SOCKET = 10;

/** Per instance: connections of one client IP that watch one attempt. A browser may have it open in several tabs. */
export const WATCHERS_PER_CLIENT = 5;

/** Per instance: WebSockets and event streams of all clients together. Each takes 12 to 60 KB. */
export const CONNECTIONS_IN_TOTAL = 50_000;

/**
 * Per instance: HTTP connections of one client IP (IPv6: a /64 network), where no proxy stands between. More than the
 * WebSockets and event streams that it may have. In total, there is room for plain requests beside those.
 */
export const CONNECTIONS_PER_CLIENT = 500;
export const HTTP_CONNECTIONS_IN_TOTAL = CONNECTIONS_IN_TOTAL + 10_000;

/** The /48 networks of IPv6 that one customer can have contain 65,536 networks. Together these may have what ten may have. */
export const SHARE_OF_SITE = 10;

/** Per instance: requests of one client IP that are not answered yet, and how many of those may still send a body. */
export const REQUESTS_AT_ONCE_PER_CLIENT = 500;
export const OPEN_BODIES_PER_CLIENT = 100;

/**
 * Per instance: requests of one client IP, of any kind. A login page needs five and one operation a second. The burst is
 * what ten seconds allow.
 */
export function requestsPerClient(operationsPerSecond: number): { perSecond: number; burst: number } {
  const perSecond = Math.max(100, operationsPerSecond * 5);
  return { perSecond, burst: perSecond * 10 };
}

/**
 * Per instance: how much CPU time the gateway spends on reading the requests of one client IP, in milliseconds. A
 * request needs 0.1.
 */
export const readingMsPerClient = (operationsPerSecond: number) => ({
  perSecond: Math.max(20, operationsPerSecond * 0.4),
  burst: Math.max(500, operationsPerSecond * 5),
});

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
