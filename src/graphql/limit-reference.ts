import { MAX_REFUSAL_WAIT_MS } from '../http/refusals.js';
import { FAILED_REQUEST_COST } from '../http/request-limits.js';
import { MAX_EXPORTED_ROWS } from '../account/export-me.js';
import { FEED_MAX_ITEMS } from '../admin/create-admin.js';
import { STATISTICS_MAX_DAYS } from '../admin/read-statistics.js';
import { TEMPLATE_MAX_LENGTH } from '../delivery/templates/template-content.js';
import { MAX_CAPTCHA_LENGTH } from '../guard/captcha/captcha.js';
import {
  CAPTCHA_MAX_DOUBLINGS,
  CAPTCHA_MAX_DOUBLINGS_BEYOND,
  CAPTCHA_MAX_NUMBER,
  CAPTCHA_MESSAGES_PER_DOUBLING,
  CAPTCHA_SOLUTIONS_PER_NETWORK_DOUBLING,
  CAPTCHA_VALID_SECONDS,
  CONFIRMATION_MAX_TRIES,
  CONNECTIONS_IN_TOTAL,
  CONNECTIONS_PER_CLIENT,
  CPU_MS_PER_CLIENT,
  HELD_GUESSES,
  HELD_GUESSES_PER_NETWORK,
  DEVICE_FAILURES,
  LOOKUPS_PER_HOUR,
  LONG_CODE_LENGTH,
  NETWORK_FAILURES_EASE,
  NETWORK_FAILURES_PER_HOUR,
  NETWORK_MAX_FAILURES_PER_HOUR,
  NETWORK_PHONES_PER_DAY,
  HTTP_CONNECTIONS_IN_TOTAL,
  OPEN_BODIES_PER_CLIENT,
  OPEN_OTP_ATTEMPTS_PER_PHONE,
  OPEN_SESSIONS_PER_USER,
  QUESTIONS_PER_CHAT_PER_HOUR,
  REPLIES_PER_CHAT_PER_HOUR,
  REPLIES_PER_MINUTE,
  REFUSALS_HELD,
  REFUSALS_PER_CLIENT,
  REQUESTS_AT_ONCE_PER_CLIENT,
  RESEND_AFTER_SECONDS,
  FLOOD_OF_STARTS,
  SENDS_ON_KNOWN_DEVICES,
  SPEND_ON_KNOWN_DEVICES,
  SENDS_PER_NETWORK,
  GIVEN_BACK_PER_NETWORK,
  GIVEN_BACK_PER_USED,
  NOTIFICATIONS_PER_PHONE,
  STARTS_EASE,
  STARTS_GROWTH,
  STARTS_PER_NETWORK,
  RESERVE_CODE_LENGTH,
  RESERVE_EASE,
  RESERVE_PER_NETWORK,
  SENDS_PER_PHONE,
  SHORT_CODE_FAILURES_IN_TOTAL,
  SHORT_CODE_GUESSES_PER_DAY,
  SHARE_OF_HOUSEHOLD,
  SHARE_OF_SITE,
  OPERATIONS_AT_ONCE_PER_CLIENT,
  OPERATION_SLOT_MS,
  EXPORTS_AT_ONCE,
  EXPORTS_PER_USER_PER_HOUR,
  SOCKETS_PER_CLIENT,
  SPRAY_MIN_FAILURES,
  SPRAY_WINDOW_MINUTES,
  STRANGER_FAILURES,
  STRANGER_FAILURES_EASE,
  STRANGER_FAILURES_FROM_NETWORK,
  SUBSCRIPTIONS_PER_SOCKET,
  UNVERIFIED_PER_NETWORK,
  UNVERIFIED_RATIO,
  WATCHERS_PER_CLIENT,
  WRONG_TOKENS_PER_MINUTE,
  WRONG_TOKENS_PER_NETWORK_PER_MINUTE,
  readingMsPerClient,
  requestsPerClient,
} from '../guard/limits.js';
import { GREEN_API_MAX_BODY_BYTES } from '../http/routes/green-api-webhook.js';
import { KAVENEGAR_MAX_BODY_BYTES } from '../http/routes/kavenegar-callback.js';
import {
  PROVIDER_LARGE_BODIES,
  PROVIDER_MAX_BODY_BYTES,
  PROVIDER_SMALL_BODY_BYTES,
} from '../http/routes/provider-webhook.js';
import { REST_OF_BODY_MS, UNREAD_ANSWER_MS } from '../http/request-turns.js';
import { HEADERS_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from '../http/server.js';
import { CLAIM_REPEAT_SECONDS } from '../login/attempts/just-claimed.js';
import { IDEMPOTENCY_KEY_LENGTH } from '../login/otp/idempotency.js';
import { SECOND_STEP_MINUTES } from '../login/second-step.js';
import { AHEAD_BY_SECONDS, GRACE_SECONDS, OLDER_BY_SECONDS } from '../login/whatsapp/clock.js';
import { FRESH_SIGN_IN_MINUTES } from '../sessions/fresh-sign-in.js';
import { AUTHORIZATION_CODE_SECONDS, MAX_STATE_LENGTH } from '../sessions/authorization-codes/create.js';
import { MAX_SHOWN_TOKENS } from '../sessions/device-tokens.js';
import { KNOWN_DEVICE_DAYS, MAX_DEVICES_PER_USER } from '../sessions/known-devices.js';
import { MAX_LISTED_SESSIONS } from '../sessions/list.js';
import { LOST_ANSWER_HOURS } from '../sessions/lost-answer.js';
import { NEW_DEVICE_HOURS } from '../sessions/new-device.js';
import { ROLE_AND_PHONE_DAYS } from '../users/role-and-phone.js';
import { REUSE_GRACE_SECONDS } from '../sessions/recent-rotations.js';
import { ACCESS_TOKEN_SECONDS, CLOCK_SKEW_SECONDS } from '../sessions/token-lifetimes.js';
import { LONGEST_LINE_BYTES } from '../users/import/readable-lines.js';
import { NAME_MAX_LENGTH } from '../users/read-name.js';
import { MAX_DOCUMENT_CHARACTERS, MAX_TOKENS } from './documents.js';
import { MAX_BODY_BYTES } from './http.js';
import { DEFINITION_LIMITS, SIZE_LIMITS } from './rules/size-limits.js';
import { MAX_ENTITIES } from './subgraph.js';
import { MAX_PAGE_SIZE } from './types/admin/page.js';
import { INIT_TIMEOUT_MS } from './websocket/protocol.js';
import { MAX_UNREAD_BYTES, MAX_UNREAD_MESSAGES, MAX_WAITING_MESSAGES } from './websocket/serve-socket.js';
import { MAX_ECHOED_CHARACTERS } from './websocket/operation-ids.js';
import { MAX_MESSAGE_BYTES } from './websocket/socket-server.js';

/** What the reference says about a limit. */
export interface LimitReference {
  limit: string;
  value: string;
  note?: string;
}

const number = (value: number): string => value.toLocaleString('en');
const perHourAndDay = ({ perHour, perDay }: { perHour: number; perDay: number }): string =>
  `${perHour} an hour, ${perDay} a day`;
/** The fallback of CLIENT_OPERATIONS_PER_SECOND. */
const OPERATIONS = 100;

const bytes = (value: number): string => `${number(value)} bytes`;

const NETWORKS = {
  address: 'an IPv4 address, or a /64 of IPv6,',
  network: 'a /24 of IPv4, or a /56 of IPv6,',
  site: 'a /48 of IPv6',
};

/**
 * The limits that a client, a user or a provider can meet and that cannot be configured, for docs/reference/limits.md. The
 * numbers are those of the code. A test demands an entry for each constant that is named as a maximum.
 */
export const LIMITS: Record<string, readonly LimitReference[]> = {
  Codes: [
    {
      limit: 'open code attempts for each phone',
      value: number(OPEN_OTP_ATTEMPTS_PER_PHONE),
      note: 'The known devices of the phone have the same number of their own, and so have clients that solved a captcha. A canceled attempt does not count, nor does an attempt whose code no channel accepted.',
    },
    {
      limit: 'wait before the same code is sent again',
      value: `${RESEND_AFTER_SECONDS} s`,
      note: 'After a failed send there is no wait.',
    },
    {
      limit: 'messages with a code to a phone',
      value: `${SENDS_PER_PHONE.minute} a minute, ${SENDS_PER_PHONE.hour} an hour, ${SENDS_PER_PHONE.day} a day`,
      note: 'A message whose code is used counts a quarter, one that its provider refuses counts half.',
    },
    {
      limit: 'messages with a code to a phone that all its known devices cause together',
      value: `${SENDS_ON_KNOWN_DEVICES.minute} a minute, ${SENDS_ON_KNOWN_DEVICES.hour} an hour, ${SENDS_ON_KNOWN_DEVICES.day} a day`,
      note: 'Other clients cannot use these up.',
    },
    {
      limit: 'what these messages may cost',
      value: `${SPEND_ON_KNOWN_DEVICES.share * 100} % of \`SPEND_LIMIT_USD_PER_DAY\` a day`,
      note: `Or, if that is more, the price of ${SPEND_ON_KNOWN_DEVICES.messages} messages. A message that costs nothing is still sent.`,
    },
    {
      limit: 'the same after a captcha, when strangers have spent that: each /24 of IPv4 and /48 of IPv6',
      value: `${RESERVE_PER_NETWORK.minute} a minute, ${RESERVE_PER_NETWORK.hour} an hour, ${RESERVE_PER_NETWORK.day} a day`,
      note: `The code has ${RESERVE_CODE_LENGTH} digits. All networks together: ${RESERVE_EASE * SENDS_PER_PHONE.day} a day.`,
    },
    ...(['address', 'network', 'site'] as const).map((scope) => ({
      limit: `messages with a code that ${NETWORKS[scope]} may cause`,
      value: `${number(SENDS_PER_NETWORK[scope].hour)} an hour, ${number(SENDS_PER_NETWORK[scope].day)} a day; of these, codes that are not used: ${UNVERIFIED_PER_NETWORK[scope].hour} an hour, ${UNVERIFIED_PER_NETWORK[scope].day} a day`,
      note: `Or, if that is more, ${UNVERIFIED_RATIO.day * 100} % of the codes that were used on its best day of the last two weeks; for an hour ${UNVERIFIED_RATIO.hour * 100} % of half of them. Of the codes of a phone, one a day counts.`,
    })),
    ...(['address', 'network', 'site'] as const).map((scope) => ({
      limit: `messages that ${NETWORKS[scope]} gets back as a whole, because their provider is down`,
      value: `${GIVEN_BACK_PER_NETWORK[scope]} an hour`,
      note: `Or, if that is more, ${GIVEN_BACK_PER_USED} for each used code of the hour, or of half its best day. Of the others, half is given back.`,
    })),
    {
      limit: 'wrong codes on a known device of a phone',
      value: perHourAndDay(DEVICE_FAILURES),
      note: 'After that the device gets no new code for the phone. A right code on the device resets the count.',
    },
    {
      limit: 'wrong codes for a phone from one client IP address, except those of its known devices',
      value: perHourAndDay(STRANGER_FAILURES_FROM_NETWORK),
      note: `IPv6: from each /64 network. After that a new code for the phone needs a captcha. With ${STRANGER_FAILURES_EASE} times as many, or with CAPTCHA=off, it gets none. A right code from there resets the count.`,
    },
    {
      limit: 'wrong codes for a phone, except those of its known devices',
      value: perHourAndDay(STRANGER_FAILURES),
      note: 'After that the phone gets no new code, except on its known devices or after a captcha. The codes of open attempts are still checked.',
    },
    {
      limit: `guesses at codes of \`OTP_LENGTH\` digits for a phone, except those of its known devices`,
      value: `${SHORT_CODE_GUESSES_PER_DAY} a day, ${SHORT_CODE_FAILURES_IN_TOTAL} in total`,
      note: `After that new codes have ${LONG_CODE_LENGTH} digits. The tries of open attempts count too. Each known device has the same number.`,
    },
    {
      limit: 'wrong codes from one client IP address, for any phones',
      value: `${NETWORK_FAILURES_PER_HOUR} an hour, or half of the right codes of the last 24 hours from there, but ${NETWORK_MAX_FAILURES_PER_HOUR} at most`,
      note: `Of the right codes of a phone, one a day counts. IPv6: from each /64 network; twice for a /56, and four times for a /48 and for a /24 of IPv4. After that each code needs a captcha, except on known devices. With ${NETWORK_FAILURES_EASE} times as many, or with CAPTCHA=off, codes are refused without a check.`,
    },
    {
      limit: 'phones with wrong codes from one client IP address',
      value: `${NETWORK_PHONES_PER_DAY} a day, if more codes are wrong than right`,
      note: 'The same networks, and the same effect.',
    },
    {
      limit: 'wrong codes of all clients',
      value: `${SPRAY_MIN_FAILURES} in ${SPRAY_WINDOW_MINUTES} minutes, if more codes are wrong than right`,
      note: 'After that only known devices, and clients that solve a captcha, get new codes, and only their codes are checked, until fewer are wrong.',
    },
  ],
  Captcha: [
    {
      limit: 'time to solve a captcha',
      value: `${CAPTCHA_VALID_SECONDS} s`,
      note: 'A solution works once, for the phone and the network that the captcha was made for.',
    },
    {
      limit: 'length of a solution',
      value: `${number(MAX_CAPTCHA_LENGTH)} characters`,
      note: 'The gateway refuses a longer one like a wrong one.',
    },
    {
      limit: 'work of a captcha of altcha',
      value: `${number(CAPTCHA_MAX_NUMBER / 2)} to ${number(CAPTCHA_MAX_NUMBER)} hashes (SHA-256)`,
      note: `It doubles with each captcha that was solved for the phone within an hour, and with each ${CAPTCHA_SOLUTIONS_PER_NETWORK_DOUBLING} that were solved from the network, to at most ${number(CAPTCHA_MAX_NUMBER * 2 ** CAPTCHA_MAX_DOUBLINGS)} hashes. It doubles once more with each ${CAPTCHA_MESSAGES_PER_DOUBLING} messages of a day that the phone got beyond twice its limit, at most ${CAPTCHA_MAX_DOUBLINGS_BEYOND} times.`,
    },
  ],
  'WhatsApp login': [
    {
      limit: 'wrong two-digit answers before a confirmation fails',
      value: number(CONFIRMATION_MAX_TRIES),
    },
    ...(['address', 'network', 'site'] as const).map((scope) => ({
      limit: `WhatsApp logins that ${NETWORKS[scope]} may start and not complete`,
      value: `${number(STARTS_PER_NETWORK[scope].hour)} an hour, ${number(STARTS_PER_NETWORK[scope].day)} a day`,
      note: `Or, if that is more, ${UNVERIFIED_RATIO.day * STARTS_GROWTH} for each login that was completed on its best day of the last two weeks; for an hour ${UNVERIFIED_RATIO.hour * STARTS_GROWTH} for each of half of them, or for each of that hour. After a captcha ${STARTS_EASE} times as many.`,
    })),
    {
      limit: 'WhatsApp logins that all clients may start',
      value: 'no limit',
      note: `Above ${number(FLOOD_OF_STARTS.perMinute)} a minute, and above ${FLOOD_OF_STARTS.timesUsual} times as many as are usually completed, the gateway logs \`whatsapp.starts_flooded\`.`,
    },
    {
      limit: 'look-ups of hidden WhatsApp ids in an hour, for answers such as NO',
      value: `${LOOKUPS_PER_HOUR.answer.perChat} for one chat, ${LOOKUPS_PER_HOUR.answer.inTotal} in total`,
      note: 'The gateway ignores a further answer from an id that it does not know. A sign-in by WhatsApp is not affected.',
    },
    {
      limit: 'look-ups of hidden WhatsApp ids in an hour, for login messages',
      value: `${LOOKUPS_PER_HOUR.login.perChat} for one chat, ${number(LOOKUPS_PER_HOUR.login.inTotal)} in total`,
      note: 'After that, the gateway advises a sender that it does not know to use a code.',
    },
    {
      limit: 'WhatsApp replies to a sender of whom nothing is expected',
      value: `${REPLIES_PER_CHAT_PER_HOUR} an hour in one chat, ${REPLIES_PER_MINUTE} a minute in total`,
      note: 'Such as the request to send a message again. After that, the gateway does not answer.',
    },
    {
      limit: 'messages to a phone about a sign-in on a new device',
      value: `${NOTIFICATIONS_PER_PHONE.NEW_DEVICE.hour} an hour, ${NOTIFICATIONS_PER_PHONE.NEW_DEVICE.day} a day`,
      note: 'A message about a changed phone has a limit of its own, with the same numbers.',
    },
    {
      limit: 'WhatsApp messages for which a user waits, in one chat',
      value: `${QUESTIONS_PER_CHAT_PER_HOUR} an hour`,
      note: 'Such as the request to send back the number on the screen.',
    },
    {
      limit: 'how much older than its attempt a WhatsApp message can be',
      value: `${OLDER_BY_SECONDS} s`,
      note: "WhatsApp's clock and the gateway's clock can differ. The gateway ignores an older message.",
    },
    {
      limit: "how far ahead of the gateway's clock a WhatsApp message can be",
      value: `${AHEAD_BY_SECONDS} s`,
      note: 'The gateway ignores a message that is further ahead.',
    },
    {
      limit: 'time in which NO ends a sign-in on a new device',
      value: `${NEW_DEVICE_HOURS} hours`,
    },
    {
      limit: 'time for the second step of a sign-in',
      value: `${SECOND_STEP_MINUTES} minutes`,
      note: 'For roles above the first of `ROLES`: the number by WhatsApp, or an approval.',
    },
    {
      limit: 'time between a phone and a role above the first that admins give to a user, in either order',
      value: `${ROLE_AND_PHONE_DAYS} days`,
      note: 'For `setUserPhone`, the time starts when the user lost such a role. The operator may do both at once.',
    },
    {
      limit: 'time for the next step after a message at the last moment',
      value: `${GRACE_SECONDS} s`,
      note: 'The attempt stays open for at least this time after the message.',
    },
  ],
  Connections: [
    {
      limit: 'WebSockets of one client IP address on one instance',
      value: number(SOCKETS_PER_CLIENT),
      note: 'IPv6: for each /64 network.',
    },
    {
      limit: 'event streams (SSE) of one client IP address on one instance',
      value: number(SOCKETS_PER_CLIENT),
      note: 'IPv6: for each /64 network.',
    },
    {
      limit: 'WebSockets and event streams of all clients on one instance',
      value: number(CONNECTIONS_IN_TOTAL),
    },
    {
      limit: 'HTTP connections of one client IP address on one instance',
      value: number(CONNECTIONS_PER_CLIENT),
      note: 'Only without a trusted proxy. IPv6: for each /64 network. The gateway closes a further connection without an answer.',
    },
    {
      limit: 'HTTP connections of all clients on one instance',
      value: number(HTTP_CONNECTIONS_IN_TOTAL),
      note: 'Less if the process may open fewer files: the limit of files minus 1,000, or three quarters of it if that is more.',
    },
    {
      limit: 'refusals that one client IP address gets without waiting, on one instance',
      value: `${REFUSALS_PER_CLIENT.perSecond} a second, after the first ${REFUSALS_PER_CLIENT.burst}`,
      note: `IPv6: for each /64 network. Further refusals wait up to ${MAX_REFUSAL_WAIT_MS / 1000} s, so that a client that tries again does so less often.`,
    },
    {
      limit: 'refusals of all clients that wait on one instance',
      value: number(REFUSALS_HELD),
      note: 'At most a quarter of the HTTP connections of all clients. Further refusals do not wait.',
    },
    {
      limit: 'requests of one client IP address that are not answered yet, on one instance',
      value: number(REQUESTS_AT_ONCE_PER_CLIENT),
      note: 'IPv6: for each /64 network. An event stream counts too. A further request gets HTTP status 429.',
    },
    {
      limit: 'requests of one client IP address that still send a body, on one instance',
      value: number(OPEN_BODIES_PER_CLIENT),
      note: 'IPv6: for each /64 network. A further request gets HTTP status 429.',
    },
    {
      limit: 'requests of one client IP address, of any kind, on one instance',
      value: `${number(requestsPerClient(OPERATIONS).perSecond)} a second, after the first ${number(requestsPerClient(OPERATIONS).burst)}`,
      note: `IPv6: for each /64 network. Five times \`CLIENT_OPERATIONS_PER_SECOND\`, at least 100 a second. Further requests get HTTP status 429 after a second. Webhooks are not limited. \`/health/…\` is limited only for clients that a proxy names (\`TRUSTED_PROXY_HOPS\`), and so are requests of \`/auth/verify\` that fail: each counts as ${FAILED_REQUEST_COST}.`,
    },
    {
      limit: 'CPU time of an instance for reading the requests of one client IP address',
      value: `${readingMsPerClient(OPERATIONS).perSecond} ms a second, after the first ${number(readingMsPerClient(OPERATIONS).burst)} ms`,
      note: 'IPv6: for each /64 network. It grows with `CLIENT_OPERATIONS_PER_SECOND`. After that the gateway reads later.',
    },
    {
      limit: 'root fields of operations of one client IP address that run at the same time on one instance',
      value: number(OPERATIONS_AT_ONCE_PER_CLIENT),
      note: `IPv6: for each /64 network. Further operations of this network wait. An operation that takes more than ${OPERATION_SLOT_MS / 1000} s does not count any longer.`,
    },
    {
      limit:
        'WebSockets, event streams, requests, connections, operations and CPU time of one /56 and of one /48 network of IPv6',
      value: `those of ${SHARE_OF_HOUSEHOLD} and of ${SHARE_OF_SITE} client IP addresses`,
    },
    {
      limit: 'exports of the data of one user',
      value: `${EXPORTS_PER_USER_PER_HOUR} an hour, one at a time`,
      note: `An instance makes ${EXPORTS_AT_ONCE} exports at the same time. \`exportMe\` returns \`RateLimited\` above that.`,
    },
    {
      limit: 'time in which a client must read some part of an answer',
      value: `${UNREAD_ANSWER_MS / 1000} s`,
      note: 'After that the gateway closes the connection.',
    },
    {
      limit: 'time in which the rest of a body is discarded after the answer',
      value: `${REST_OF_BODY_MS / 1000} s`,
      note: 'After that the gateway closes the connection.',
    },
    {
      limit:
        'CPU time of an instance that the WebSockets, event streams and new documents of one client IP address can use',
      value: `${CPU_MS_PER_CLIENT.perSecond} ms a second, after the first ${number(CPU_MS_PER_CLIENT.burst)} ms`,
      note: 'IPv6: for each /64 network. After that the gateway reads the next message later, and refuses new WebSockets, event streams and documents that it has not validated yet, with HTTP status 429.',
    },
    {
      limit: 'messages of a WebSocket that wait to be handled',
      value: number(MAX_WAITING_MESSAGES),
      note: 'Above that the gateway closes the WebSocket with code 1008.',
    },
    {
      limit: 'connections of one client IP address that watch one login attempt on one instance',
      value: number(WATCHERS_PER_CLIENT),
      note: 'A connection can watch an attempt once. Then `loginAttemptStatus` gets the error code `ALREADY_WATCHED`.',
    },
    { limit: 'subscriptions of one WebSocket', value: number(SUBSCRIPTIONS_PER_SOCKET) },
    {
      limit: 'time until a new WebSocket must send `connection_init`',
      value: `${INIT_TIMEOUT_MS / 1000} s`,
      note: 'After that the gateway closes the WebSocket with code 4408.',
    },
    {
      limit: 'data that a WebSocket client has not read',
      value: bytes(MAX_UNREAD_BYTES),
      note: 'Above that the gateway ends the connection without a close code.',
    },
    {
      limit: 'messages that a WebSocket client has not read',
      value: number(MAX_UNREAD_MESSAGES),
      note: 'Above that the gateway ends the connection without a close code. While more than 16 are unread, the gateway handles no message of the client.',
    },
    { limit: 'time for the headers of an HTTP request', value: `${HEADERS_TIMEOUT_MS / 1000} s` },
    { limit: 'time for a whole HTTP request', value: `${REQUEST_TIMEOUT_MS / 1000} s` },
  ],
  Requests: [
    { limit: 'tokens of a document', value: number(MAX_TOKENS) },
    { limit: 'levels of a document', value: number(SIZE_LIMITS.depth) },
    { limit: 'characters of a document', value: number(MAX_DOCUMENT_CHARACTERS) },
    { limit: 'operations of a document', value: number(DEFINITION_LIMITS.operations) },
    { limit: 'fragments of a document', value: number(DEFINITION_LIMITS.fragments) },
    { limit: 'fields of a document', value: number(SIZE_LIMITS.fields) },
    {
      limit: 'fields with the same name in one place of a document',
      value: number(SIZE_LIMITS.repetitions),
      note: 'Fields of fragments count in the place where the fragment is spread. A field with an alias has the name of its alias.',
    },
    { limit: 'aliases of a document', value: number(SIZE_LIMITS.aliases) },
    { limit: 'directives of a document', value: number(SIZE_LIMITS.directives) },
    { limit: 'request body', value: bytes(MAX_BODY_BYTES) },
    {
      limit: 'WebSocket message',
      value: bytes(MAX_MESSAGE_BYTES),
      note: 'The gateway closes the WebSocket with code 1009.',
    },
    {
      limit: 'WebSocket message of the type `ping` with a payload',
      value: `${MAX_ECHOED_CHARACTERS} characters`,
      note: 'The gateway answers a longer one without its payload.',
    },
    {
      limit: 'representations in one `_entities` query',
      value: number(MAX_ENTITIES),
      note: 'If there are more, the query gets the error code `OPERATION_TOO_LARGE`.',
    },
  ],
  'Values in a request': [
    { limit: 'name of a user', value: `${number(NAME_MAX_LENGTH)} characters` },
    { limit: 'body of a template', value: `${number(TEMPLATE_MAX_LENGTH)} characters` },
    {
      limit: 'length of an idempotency key',
      value: `${IDEMPOTENCY_KEY_LENGTH.min} to ${IDEMPOTENCY_KEY_LENGTH.max} characters`,
      note: '`requestOtp` and `requestPhoneChange` return `InvalidInput` for another key, and for one with fewer than eight different characters.',
    },
    { limit: '`state` of an authorization code', value: `${number(MAX_STATE_LENGTH)} characters` },
    {
      limit: 'line of a file of users to import',
      value: bytes(LONGEST_LINE_BYTES),
      note: 'The import rejects a longer line and reads the next one.',
    },
  ],
  Lists: [
    {
      limit: 'items on a page',
      value: number(MAX_PAGE_SIZE),
      note: 'If you ask for more, the page has this number of items.',
    },
    {
      limit: 'sessions in a list',
      value: number(MAX_LISTED_SESSIONS),
      note: 'The list has the sessions that were used most recently.',
    },
    {
      limit: 'items of each list in the export of a user',
      value: number(MAX_EXPORTED_ROWS),
      note: 'The export has the newest items.',
    },
    {
      limit: 'period of the statistics',
      value: `${STATISTICS_MAX_DAYS} days`,
      note: 'A longer period gets the error code `INVALID_INPUT`.',
    },
    {
      limit: 'items that an admin feed reads at a time',
      value: number(FEED_MAX_ITEMS),
      note: 'The feed reads the newest items once a second.',
    },
  ],
  'Sessions and tokens': [
    {
      limit: 'known devices of a user',
      value: number(MAX_DEVICES_PER_USER),
      note: 'A sign-in on one more device deletes another one: the youngest of the last 24 hours, else the one that was used least recently.',
    },
    {
      limit: 'device tokens that a client can send at a sign-in',
      value: number(MAX_SHOWN_TOKENS),
      note: 'One for each of its last users. Further ones are ignored.',
    },
    { limit: 'time after its last sign-in in which a device is known', value: `${KNOWN_DEVICE_DAYS} days` },
    { limit: 'lifetime of an access token', value: `${ACCESS_TOKEN_SECONDS} s` },
    { limit: 'accepted difference between clocks', value: `${CLOCK_SKEW_SECONDS} s` },
    {
      limit: 'time in which a claim can be repeated',
      value: `${CLAIM_REPEAT_SECONDS} s`,
      note: 'A repeated claim or right code returns the same session.',
    },
    {
      limit: 'time in which a repeated refresh returns the same refresh token',
      value: `${REUSE_GRACE_SECONDS} s`,
      note: 'For a second tab, or after a lost answer.',
    },
    {
      limit: 'time in which a refresh can be repeated after a lost answer',
      value: `${LOST_ANSWER_HOURS} h`,
      note: 'As long as the refresh token of the lost answer was not used. Any other use of a used token ends the session, because the token may be stolen.',
    },
    {
      limit: 'open sessions of a user',
      value: `${OPEN_SESSIONS_PER_USER}`,
      note: 'When one more opens, the session that was idle longest ends.',
    },
    {
      limit: 'lifetime of an authorization code',
      value: `${AUTHORIZATION_CODE_SECONDS} s`,
      note: 'The code can be exchanged once.',
    },
    {
      limit: 'time after a sign-in in which a user can change the phone number or end another session',
      value: `${FRESH_SIGN_IN_MINUTES} min`,
      note: 'After that `requestPhoneChange`, `revokeSession` and `revokeOtherSessions` return `FreshSignInRequired`.',
    },
  ],
  Webhooks: [
    {
      limit: "body of Green API's webhook",
      value: bytes(GREEN_API_MAX_BODY_BYTES),
      note: 'The gateway ignores a larger body and answers with 200.',
    },
    {
      limit: "body of Kavenegar's status callback",
      value: bytes(KAVENEGAR_MAX_BODY_BYTES),
      note: 'The gateway does not read a larger body. It still reads a message ID in the URL.',
    },
    {
      limit: 'body of the webhooks of other providers',
      value: bytes(PROVIDER_MAX_BODY_BYTES),
      note: `The gateway ignores a larger body and answers with 200. It reads ${PROVIDER_LARGE_BODIES} bodies of more than ${bytes(PROVIDER_SMALL_BODY_BYTES)} of one provider at the same time, and answers further ones with 503, so the provider sends them again.`,
    },
    {
      limit: 'wrong tokens in a minute, on one instance',
      value: `${WRONG_TOKENS_PER_NETWORK_PER_MINUTE} from one client IP address, ${WRONG_TOKENS_PER_MINUTE} in total`,
      note: 'IPv6: for each /64 network. Further wrong tokens are guesses: they get their 401 after a second.',
    },
    {
      limit: 'guesses of webhook tokens in a second, on one instance',
      value: `${HELD_GUESSES_PER_NETWORK} from one client IP address, ${HELD_GUESSES} in total`,
      note: 'IPv6: for each /64 network. Above that, the gateway closes the connection and does not look at the token. When the total is reached, other networks still pass: one that sent the right token before, and one that sent no wrong token in this minute.',
    },
  ],
};
