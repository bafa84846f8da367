/** The limits of the guard. Sources: R1, R6, R7, R18 and R22 of docs/security/requirements.md. */

/** Open OTP attempts per phone. */
export const OPEN_OTP_ATTEMPTS_PER_PHONE = 3;

/** Open sessions per user. The trigger sessions_at_most of the table enforces it, and a test compares the two numbers. */
export const OPEN_SESSIONS_PER_USER = 50;

/** Seconds before the code of an attempt may be sent again. */
export const RESEND_AFTER_SECONDS = 60;

/**
 * Messages to a phone that strangers may cause. The hour and the day are twice the numbers of R7: see docs/decisions/0007.
 */
export const SENDS_PER_PHONE = { minute: 2, hour: 10, day: 20 };

/**
 * Messages to a phone that all its known devices together may cause. Each right code on a new device makes one more known device, so a
 * budget for each would be no limit.
 */
export const SENDS_ON_KNOWN_DEVICES = { minute: 2, hour: 6, day: 12 };

/**
 * What these messages may cost in a day: this share of the money of all, or this number of messages where that is more. A used code counts
 * a quarter, so the number above alone would let one SIM cause 48 of them.
 */
export const SPEND_ON_KNOWN_DEVICES = { share: 0.01, messages: 6 };

/**
 * Messages to a phone that each network (a /24, or a /48 of IPv6) may cause after a captcha when strangers have spent the phone's
 * own. So no number of other networks can keep its user from codes. See docs/decisions/0042.
 */
export const RESERVE_PER_NETWORK = { minute: 1, hour: 4, day: 8 };

/**
 * How many times as many messages the phone may get when networks use their reserves: 2,000 a day, those of 250 networks. More would be
 * more guesses, and more messages that nobody asked for.
 */
export const RESERVE_EASE = 100;

/** Digits of a code that uses this reserve: the number of networks does not limit how often such codes are guessed. */
export const RESERVE_CODE_LENGTH = 10;

/** Messages that a client network may cause: an address (IPv6: a /64), a /24 (IPv6: a /56), a /48. */
export const SENDS_PER_NETWORK = {
  address: { hour: 300, day: 2_000 },
  network: { hour: 900, day: 6_000 },
  site: { hour: 2_700, day: 18_000 },
};

/** How many times larger the budgets of a network are for a client that has solved a captcha. */
export const NETWORK_EASE = 3;

/** Of these, messages whose code is not used, at least. The limit grows with the codes that are used: see UNVERIFIED_RATIO. */
export const UNVERIFIED_PER_NETWORK = {
  address: { hour: 10, day: 30 },
  network: { hour: 20, day: 60 },
  site: { hour: 40, day: 120 },
};

/**
 * Messages in an hour that a network gets back as a whole because their provider is down, at least; or three for each used message of the
 * hour, or of half its best day. Without this limit, an outage would let one address request any number of codes.
 */
export const GIVEN_BACK_PER_NETWORK = { address: 30, network: 60, site: 120 };
export const GIVEN_BACK_PER_USED = 3;

/**
 * A spent budget of a network, or one that blocks messages, raises one alarm an episode, which is over after this time without a refusal or
 * a block. At most this number of networks raise one at the same time, and as many blocks and ranges of numbers.
 */
export const EPISODE_MINUTES = 60;
export const ALARMS_OF_A_KIND = 100;

/**
 * Unverified messages for each verified one: of a day, and of an hour. These are the numbers of Authgear's fraud protection. A part
 * of the best day counts as its hour: where a provider is down, a single person without WhatsApp causes eight messages.
 */
export const UNVERIFIED_RATIO = { day: 0.3, hour: 0.2 };
export const HOUR_OF_BEST_DAY = 0.5;

/** How long after the sign-up the phone of a user counts as that of a user in the budgets of destinations. */
export const USER_TRUSTED_AFTER_HOURS = 24;

/** How many times more unverified messages than to new phones may be sent to the phones of users in a country. */
export const USERS_OF_COUNTRY = 15;

/**
 * Messages that cost at most this, in US dollars, and how many times more of them than of others new phones of a country and of a range may
 * leave unused. Twenty of them cost what one message of 0.10 dollars costs.
 */
export const CHEAP_MESSAGE_PRICE = 0.005;
export const CHEAP_MESSAGES_TIMES = 20;

/** How many times larger the budgets of a destination are for a client in a trusted network. */
export const TRUSTED_NETWORK_EASE = 5;

/** How long the day with the most verified messages counts. */
export const PEAK_DAYS = 14;

/** The wait in the answer to a request that concurrent ones have left nothing. */
export const CONCURRENT_RETRY_SECONDS = 60;

/** Weights of a message, in hundredths: without an answer or a used code, refused by its provider, and used. */
export const WEIGHTS = { unused: 100, refused: 50, used: 25 };

/** Verified messages after which a network is trusted, as long as at most half as many were not used. */
export const TRUSTED_NETWORK_VERIFIED = 3;

/** Part of the budget of a phone or a network that strangers may spend without a captcha. */
export const SUSPICIOUS_SHARE = 0.5;

/**
 * Shares of the money that all messages of a day may cost: what strangers may spend, and what they and known devices may spend
 * together. The difference is kept for known devices, so that strangers cannot spend it.
 */
export const SPEND_SHARES = {
  block: 0.05,
  range: 0.3,
  country: 0.6,
  all: 0.8,
};
export const KNOWN_SPEND_SHARES = {
  block: 0.1,
  range: 0.45,
  country: 0.8,
  all: 1,
};

/**
 * Notifications to a phone, by their purpose. Whoever holds a SIM can sign in with it again and again, by WhatsApp for nothing. Each
 * purpose has a budget of its own, so that messages about sign-ins silence no others.
 */
export const NOTIFICATIONS_PER_PHONE = {
  NEW_DEVICE: { hour: 4, day: 6 },
  PHONE_CHANGED: { hour: 4, day: 6 },
} as const;

/**
 * Shares of the money of a day, as SPEND_SHARES, up to which a notification is sent. `own`: what all notifications of this purpose
 * may cost together, and the part of the messages of a channel that they may be. So they leave strangers half of what codes may cost, and
 * messages about sign-ins leave something to those about a changed phone.
 */
export const NOTIFICATION_SHARES = {
  NEW_DEVICE: { block: 0.1, range: 0.45, country: 0.8, all: 0.9, own: 0.2 },
  PHONE_CHANGED: { block: 0.15, range: 0.5, country: 0.85, all: 0.95, own: 0.1 },
} as const;

/** Part of the money of a day that may be spent within one hour, except that of a block. */
export const SPEND_HOUR_SHARE = 0.25;

/**
 * Wrong codes of strangers for a phone, that is of clients that are no known devices of it. After these, every stranger
 * needs a captcha for a new code.
 */
export const STRANGER_FAILURES = { perHour: 10, perDay: 30 };

/**
 * Wrong codes of strangers in one network for a phone. After these, strangers in the network need a captcha for a new code. With
 * several times as many, they get none: see STRANGER_FAILURES_EASE.
 */
export const STRANGER_FAILURES_FROM_NETWORK = { perHour: 5, perDay: 10 };

/** How many times larger these limits are for a client that has solved a captcha. A carrier puts the owner and strangers in one network. */
export const STRANGER_FAILURES_EASE = 5;

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
 * half of the right codes of the last 24 hours from there, its codes are refused without a check. Of the right codes of a phone, one
 * a day counts. The maximum is reached with 1,000 phones a day. See R2.
 */
export const NETWORK_FAILURES_PER_HOUR = 20;
export const NETWORK_MAX_FAILURES_PER_HOUR = 500;

/** Phones with wrong codes from a network in a day. After these, more wrong than right codes are refused too. */
export const NETWORK_PHONES_PER_DAY = 10;

/** How many times larger these two limits are for a client that has solved a captcha for the code. */
export const NETWORK_FAILURES_EASE = 5;

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

/** How many times larger these are for a client that has solved a captcha for the start. */
export const STARTS_EASE = 5;

/** The limits above grow to 20 starts an hour and 30 a day for each completed login: see UNVERIFIED_RATIO. */
export const STARTS_GROWTH = 100;

/**
 * A flood of starts, of all clients in a minute: more than `perMinute`, and more than `timesUsual` times as many as are usually
 * completed.
 */
export const FLOOD_OF_STARTS = { perMinute: 600, timesUsual: 10 };

/** How long a WhatsApp attempt is kept that ended without a login message. */
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
export const HTTP_CONNECTIONS_IN_TOTAL = CONNECTIONS_IN_TOTAL + 30_000;

/**
 * Per instance: how many refusals one client IP gets without waiting, and how many connections of all clients wait for their
 * refusal. One that waits takes 13 KB, and 21 KB if it asked for an event stream.
 */
export const REFUSALS_PER_CLIENT = { perSecond: 100, burst: 20 };
export const REFUSALS_HELD = 20_000;

/**
 * How many times the limit of a /64 network of IPv6 its /56 and its /48 have, on one instance. One household can have a /56 or
 * a /48, and a mobile carrier gives each phone a /64.
 */
export const SHARE_OF_HOUSEHOLD = 3;
export const SHARE_OF_SITE = 10;

/** Per instance: requests of one client IP that are not answered yet, and how many of those may still send a body. */
export const REQUESTS_AT_ONCE_PER_CLIENT = 500;
export const OPEN_BODIES_PER_CLIENT = 100;

/**
 * Per instance: requests of one client IP, of any kind. A login page needs five and one operation a second. The burst is
 * what three seconds allow.
 */
export function requestsPerClient(operationsPerSecond: number): { perSecond: number; burst: number } {
  const perSecond = Math.max(100, operationsPerSecond * 5);
  return { perSecond, burst: perSecond * 3 };
}

/**
 * Per instance: how much CPU time the gateway spends on reading the requests of one client IP, in milliseconds. A
 * request needs 0.1.
 */
export const readingMsPerClient = (operationsPerSecond: number) => ({
  perSecond: Math.max(20, operationsPerSecond * 0.4),
  burst: Math.max(500, operationsPerSecond * 5),
});

/**
 * Per instance: GraphQL operations of one client IP (IPv6: a /64 network). Each root field counts as one. The burst is what
 * three seconds allow, and enough for a login.
 */
export const operationsPerClient = (perSecond: number) => ({ perSecond, burst: Math.max(10, perSecond * 3) });

/**
 * Per instance: root fields of GraphQL operations of one client IP that run at the same time. Further operations wait. A slot
 * is free again after `OPERATION_SLOT_MS` at the latest, because an operation can wait for a slow provider.
 */
export const OPERATIONS_AT_ONCE_PER_CLIENT = 16;
export const OPERATION_SLOT_MS = 1_000;

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

/** The work also doubles with each of these many messages of a day that the phone got beyond its budget, at most twice. */
export const CAPTCHA_MESSAGES_PER_DOUBLING = 20;
export const CAPTCHA_MAX_DOUBLINGS_BEYOND = 2;

/** Exports of the data of one user in an hour, on all instances; and the exports that an instance makes at the same time, one of each user. */
export const EXPORTS_PER_USER_PER_HOUR = 5;
export const EXPORTS_AT_ONCE = 2;
