/** The limits of the guard. Sources: R1, R6, R7, R18 and R22 of docs/security/requirements.md. */

/** Open OTP attempts per phone. */
export const OPEN_OTP_ATTEMPTS_PER_PHONE = 3;

/** Open sessions per user. The trigger sessions_at_most of the table enforces it, and a test compares the two numbers. */
export const OPEN_SESSIONS_PER_USER = 50;

/** Seconds before the code of an attempt may be sent again. */
export const RESEND_AFTER_SECONDS = 60;

/**
 * Codes that were sent and not used, for a phone and for a client IP (IPv6: a /64 network). These are at least twice
 * the numbers of R7: see docs/decisions/0007. A mobile network puts thousands of users behind one IP.
 */
export const SENDS_PER_PHONE_PER_HOUR = 10;
export const SENDS_PER_PHONE_PER_DAY = 20;
export const SENDS_PER_IP_PER_HOUR = 30;
export const SENDS_PER_IP_PER_DAY = 100;

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
