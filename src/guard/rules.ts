/**
 * The rules of the guard, by the name that guard events, the log and `blocked_by` of the SMS log use. docs/reference/limits.md
 * prints them. To refuse or block for a new reason, add a line here.
 */
export const RULES = {
  device: 'A known device has caused too many messages to its phone.',
  phone: 'Clients without a known device have caused too many messages to the phone.',
  address: 'An IPv4 address, or a /64 of IPv6, has caused too many messages, or too many whose code was not used.',
  network: 'The same for a /24 of IPv4, or a /56 of IPv6.',
  site: 'The same for a /48 of IPv6.',
  block: 'Messages to the same ten thousand numbers cost too much, or too many of their codes were not used.',
  range: 'The same for a range of numbers of one operator, such as +7701.',
  country: 'The same for a country.',
  channel: 'A channel has sent too many messages, or they cost too much.',
  all: 'All messages together cost too much: SPEND_LIMIT_USD_PER_DAY.',
  concurrent: 'A request at the same moment has used up the budget.',
  open_attempts: 'The phone has too many open login attempts.',
  resend_wait: 'The client asked for the code again before `resendAt`.',
  guesses: 'The client has entered too many wrong codes for the phone, from its network or on its known device.',
  attacked: 'Clients without a known device have entered too many wrong codes for the phone, so they need a captcha.',
  network_guesses: 'A network has entered too many wrong codes, for any phones.',
  spray: 'More codes of the whole service are wrong than right, so clients without a known device need a captcha.',
  suspicious: 'Half of a budget is spent, so clients without a known device need a captcha.',
  captcha_always: 'CAPTCHA_ASK=always demands a captcha of every client.',
  destination: 'The gateway serves no phones of this country or prefix: ALLOWED_COUNTRIES, DENIED_PREFIXES.',
  number_kind: 'The number cannot receive messages, such as that of a landline.',
  whatsapp_starts: 'A network has started too many WhatsApp logins, or all clients far more than usual.',
  replies: 'A WhatsApp chat, or all chats together, got too many replies.',
  lookups: 'A WhatsApp chat, or all chats together, caused too many look-ups of hidden senders.',
  operations: 'The network has sent too many GraphQL operations.',
  sockets: 'The network has too many open WebSockets or event streams, or the instance is full.',
  dropped: 'Counts events that an instance could not keep in memory, because too many came at once.',
} as const;

export type Rule = keyof typeof RULES;
