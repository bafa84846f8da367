import { EVENT_DAYS, type PhoneState } from '../../admin/read-phone-state.js';
import { NETWORK_EASE, RESERVE_PER_NETWORK, STRANGER_FAILURES } from '../../guard/limits.js';
import { type SpentBudget, isSpent } from '../../guard/budgets/read-spent-budgets.js';
import { RULES, type Rule } from '../../guard/rules.js';
import { printTable } from '../table.js';

/** What an operator reads about a phone: first what stands in the way now, in words, then the facts. */
export function printPhoneState(phone: string, state: PhoneState, now = new Date()): string {
  const obstacles = obstaclesOf(phone, state, now);
  return [
    obstacles.length === 0 ? `Nothing keeps ${phone} from signing in now.` : obstacles.join('\n'),
    section(`REFUSED AND BLOCKED IN THE LAST ${EVENT_DAYS} DAYS`, printEvents(state)),
    section('WRONG CODES', printFailures(state)),
    section('SPENT BUDGETS', printBudgets(state.budgets)),
    section('OPEN ATTEMPTS', printAttempts(state)),
    section('LAST MESSAGES', printMessages(state)),
    section('USER', printUser(state)),
  ].join('\n\n');
}

const section = (title: string, text: string) => `${title}\n${text}`;

function obstaclesOf(phone: string, { isServed, user, events, failures, budgets }: PhoneState, now: Date): string[] {
  const current = events.filter(({ until }) => until !== null && until > now);
  return [
    ...(isServed
      ? []
      : [
          `${phone} gets no codes: ALLOWED_COUNTRIES does not contain its country, or DENIED_PREFIXES contains its prefix.`,
        ]),
    ...(user?.blocked
      ? [`The user is blocked. They learn it after the right code. To end it: phonegate users unblock ${phone}`]
      : []),
    ...(failures &&
    (failures.hourFailures >= STRANGER_FAILURES.perHour || failures.dayFailures >= STRANGER_FAILURES.perDay)
      ? [
          'Too many wrong codes: clients without a known device need a captcha. A sign-in by WhatsApp or resetPhoneLimits ends it.',
        ]
      : []),
    ...budgets
      .filter((budget) => budget.applies && isSpent(budget))
      .map(
        ({ name, rule, subject }) =>
          `The budget "${name}" (${subject}) is spent. ${meaningOf(rule)} ${consequenceOf(rule)}`,
      ),
    ...current.map(
      ({ rule, action, network, until }) =>
        `${EFFECTS[action] ?? 'Requests are refused'} by the rule ${rule}, probably until ${time(until)}${network === null ? '' : `, last from ${network}`}. ${meaningOf(rule)}`,
    ),
  ];
}

function consequenceOf(rule: Rule): string {
  if (rule === 'channel') return 'The next channel of the route is tried.';
  if (rule === 'phone')
    return `A client without a known device needs a captcha, and gets ${RESERVE_PER_NETWORK.day} codes a day in each network.`;
  const isNetwork = rule === 'address' || rule === 'network' || rule === 'site';
  return isNetwork
    ? `A client there without a known device needs a captcha, and gets no code after ${NETWORK_EASE} times as many.`
    : 'A client without a known device gets no code, and does not notice.';
}

const EFFECTS: Record<string, string> = {
  blocked: 'Messages are not sent',
  captcha: 'A captcha is demanded',
};

/** A row may be of a newer version, which has further rules. */
const meaningOf = (rule: string): string => (RULES as Record<string, string>)[rule] ?? '';

const printEvents = ({ events }: PhoneState): string =>
  events.length === 0
    ? 'None.'
    : printTable(
        ['LAST', 'RULE', 'ACTION', 'NETWORK', 'TIMES', 'UNTIL'],
        events.map(({ lastAt, rule, action, network, count, until }) => [
          time(lastAt),
          rule,
          action,
          network ?? '-',
          String(count),
          time(until),
        ]),
      );

function printFailures({ failures }: PhoneState): string {
  if (!failures) return 'None.';
  const { hourFailures: hour, hourEndsAt: ends, dayFailures: day, totalFailures: total } = failures;
  const inHour = hour === 0 ? '' : `${hour} of ${STRANGER_FAILURES.perHour} in the hour that ends at ${time(ends)}. `;
  return `${inHour}${day} of ${STRANGER_FAILURES.perDay} in a day. ${total} since the last reset.`;
}

/** Messages are weighted, so they have decimals. */
const printBudgets = (budgets: SpentBudget[]): string =>
  printTable(
    ['BUDGET', 'SUBJECT', 'HOUR', 'DAY', 'MINUTE'],
    budgets.map(({ name, subject, minute, hour, day }) => [
      name,
      subject,
      printSpent(hour),
      printSpent(day),
      minute.messageLimit === undefined ? '-' : `${minute.messages} of ${minute.messageLimit} messages`,
    ]),
  );

function printSpent({
  messages,
  messageLimit,
  unused,
  unusedLimit,
  dollars,
  dollarLimit,
}: SpentBudget['hour']): string {
  const ofLimit = (limit: string | undefined) => (limit === undefined ? '' : ` of ${limit}`);
  return [
    `${messages}${ofLimit(messageLimit?.toString())} messages`,
    ...(unusedLimit === undefined ? [] : [`${unused} of ${unusedLimit} unused`]),
    `${dollars.toFixed(2)}${ofLimit(dollarLimit?.toFixed(2))} USD`,
  ].join(', ');
}

const printAttempts = ({ attempts }: PhoneState): string =>
  attempts.length === 0
    ? 'None.'
    : printTable(
        ['ATTEMPT', 'METHOD', 'STATUS', 'EXPIRES', 'IP'],
        attempts.map(({ id, method, status, expiresAt, clientIp }) => [
          id,
          method,
          status,
          time(expiresAt),
          clientIp ?? '-',
        ]),
      );

const printMessages = ({ messages }: PhoneState): string =>
  messages.length === 0
    ? 'None.'
    : printTable(
        ['AT', 'CHANNEL', 'STATUS', 'FAILURE', 'BLOCKED BY'],
        messages.map(({ createdAt, channel, status, failure, detail, blockedBy }) => [
          time(createdAt),
          channel,
          status,
          failure === null ? '-' : detail === null ? failure : `${failure} (${detail})`,
          blockedBy ?? '-',
        ]),
      );

const printUser = ({ user }: PhoneState): string =>
  user
    ? `${user.name ?? 'Without a name'}, role ${user.role}${user.blocked ? ', blocked' : ''}, last sign-in ${user.lastLoginAt ? time(user.lastLoginAt) : 'never'}.`
    : 'No user has this phone.';

const time = (at: Date | null): string => at?.toISOString().slice(0, 19).concat('Z') ?? '-';
