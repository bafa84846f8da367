/** The numbers that say no. Sources: requirements R1, R6, R7, R18 and R22 of the product. */

/** Open OTP attempts a phone. */
export const OPEN_OTP_ATTEMPTS_PER_PHONE = 3;

/** Wait before the same attempt may be sent again. */
export const RESEND_AFTER_SECONDS = 60;

/**
 * Codes sent, and not used: to a phone, and for a client address. R7 asks for half of what a phone gets here; a mobile
 * network puts thousands of people behind one address, of whom some are always about to type their code.
 */
export const SENDS_PER_PHONE_PER_HOUR = 10;
export const SENDS_PER_PHONE_PER_DAY = 20;
export const SENDS_PER_IP_PER_HOUR = 30;
export const SENDS_PER_IP_PER_DAY = 100;

/** Wrong guesses against a phone, over all attempts. Beyond, codes are refused until the hour is over. */
export const PHONE_FAILURES_PER_HOUR = 10;

/** Wrong guesses against a phone without a success in between. Beyond, only a login another way opens it again. */
export const PHONE_FAILURES_IN_A_ROW = 100;

/** What a person is told to wait after PHONE_FAILURES_IN_A_ROW: a day, then try, or sign in by WhatsApp now. */
export const LOCKED_PHONE_RETRY_SECONDS = 86_400;

/** Wrong two-digit answers before a WhatsApp confirmation fails. */
export const CONFIRMATION_MAX_TRIES = 3;

/** WhatsApp attempts waiting at once: for one client address, and in all. */
export const OPEN_WHATSAPP_ATTEMPTS_PER_CLIENT = 60;
export const OPEN_WHATSAPP_ATTEMPTS = 50_000;

/** WebSockets of one client address on one instance, streams (SSE) likewise, and subscriptions of one socket. */
export const SOCKETS_PER_CLIENT = 200;
export const SUBSCRIPTIONS_PER_SOCKET = 10;
