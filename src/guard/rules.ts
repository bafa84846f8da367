/**
 * The rules of the guard, by the name that guard events, the log and `blocked_by` of the SMS log use. docs/reference/limits.md
 * prints them. To refuse or block for a new reason, add a line here.
 */
export const RULES = {
  device: 'The known devices of the phone have caused too many messages to it.',
  phone: 'Clients without a known device have caused too many messages to the phone.',
  address: 'An IPv4 address, or a /64 of IPv6, has caused too many messages, or too many whose code was not used.',
  network: 'The same for a /24 of IPv4, or a /56 of IPv6.',
  site: 'The same for a /48 of IPv6.',
  block:
    'Messages to the same ten thousand numbers cost too much, or too many of their codes were not used. Or too many were not used by the same hundred thousand.',
  range:
    'Messages to a range of numbers of one operator, such as +7701, cost too much, or too many of their codes were not used.',
  country: 'The same for a country, or for the phones of its users.',
  channel: 'A channel has sent too many messages, or they cost too much.',
  all: 'All messages together cost too much: SPEND_LIMIT_USD_PER_DAY.',
  notifications:
    'The phone has got too many notifications of one purpose, all of them together cost too much, or a channel has sent too many.',
  concurrent: 'A request at the same moment has used up the budget.',
  open_attempts: 'The phone has too many open login attempts.',
  resend_wait: 'The client asked for the code again before `resendAt`.',
  guesses:
    'Too many wrong codes for the phone were entered in the network of the client, or on its known device. A network needs a captcha first.',
  attacked: 'Clients without a known device have entered too many wrong codes for the phone, so they need a captcha.',
  network_guesses: 'A network has entered too many wrong codes, for any phones.',
  spray: 'More codes of the whole service are wrong than right, so clients without a known device need a captcha.',
  suspicious:
    'Half of the budget of the phone or of the network is spent, so clients without a known device need a captcha.',
  captcha_always: 'CAPTCHA_ASK=always demands a captcha of every client.',
  destination: 'The gateway serves no phones of this country or prefix: ALLOWED_COUNTRIES, DENIED_PREFIXES.',
  number_kind: 'The number cannot receive messages, such as that of a landline.',
  unknown_number:
    'A provider has answered that there is no such number. The client got the answer of a number that exists.',
  whatsapp_starts: 'A network has started too many WhatsApp logins, or all clients far more than usual.',
  replies: 'A WhatsApp chat, or all chats together, got too many replies.',
  lookups: 'A WhatsApp chat, or all chats together, caused too many look-ups of hidden senders.',
  operations: 'The network has sent too many GraphQL operations.',
  exports: 'A user has exported the own data too often, or the instance makes too many exports at the same time.',
  sockets: 'The network has too many open WebSockets or event streams, or the instance is full.',
  watchers:
    'A connection watches a login attempt already, or too many connections of the network watch the same one on the instance.',
  connections: 'The network has too many open HTTP connections, or the instance is full.',
  requests: 'The network sends too many HTTP requests, or waits for too many answers.',
  dropped: 'Counts events that an instance could not keep in memory, because too many came at once.',
} as const;

export type Rule = keyof typeof RULES;
