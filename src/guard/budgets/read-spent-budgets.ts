import type { CountryCode } from 'libphonenumber-js/max';
import type { ChannelName, Config } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import { type RowOf, statement } from '../../db/statement.js';
import { array, bool, float8, int4, text } from '../../db/types.js';
import { limitedNetworks } from '../networks/networks-of.js';
import { isSubjectOf } from '../guesses/guess-subjects.js';
import {
  NOTIFICATIONS_PER_PHONE,
  RESERVE_PER_NETWORK,
  SENDS_ON_KNOWN_DEVICES,
  UNVERIFIED_RATIO,
  WEIGHTS,
} from '../limits.js';
import type { Rule } from '../rules.js';
import { isThisHour, isToday } from '../windows.js';
import { type Budget, SCOPE, sends, withoutLimits } from './budget.js';
import { budgetsOf, spendOnKnownDevices } from './budgets-of.js';
import { isThisMinute, peak, usedForHour } from './budget-shares.js';
import { type NotificationPurpose, notificationsToPhone } from './notification-budgets.js';
import { costOf } from './planned-message.js';
import { isPhoneOfUser } from './phone-of-user.js';

/** What a budget was charged within the current hour and day, and the limits that hold now. Messages are weighted; money is in US dollars. */
export interface SpentBudget {
  /** For people: several budgets have one rule. */
  name: string;
  rule: Rule;
  subject: string;
  /** Whether a client without a known device is judged by it. A phone of a user and a new phone have different budgets. */
  applies: boolean;
  /** Of the next message by the cheapest channel that costs something, in US dollars; 0 if all are free. */
  price: number;
  minute: Pick<Spent, 'messages' | 'messageLimit'>;
  hour: Spent;
  day: Spent;
}

interface Spent {
  messages: number;
  /** Messages whose code was not used. */
  unused: number;
  dollars: number;
  /** Undefined: no such limit. */
  messageLimit: number | undefined;
  /** It has grown with the codes that were used. */
  unusedLimit: number | undefined;
  dollarLimit: number | undefined;
}

/** The rows of these subjects, and those of the phone in a network or on a device. The used codes are those that the limit grows with. */
const READ_BUDGETS = statement({
  name: 'guard/read_spent_budgets',
  sql: `
    SELECT subject,
           CASE WHEN ${isThisMinute('b')} THEN minute_sends ELSE 0 END AS minute_sends,
           CASE WHEN ${isThisHour('b')} THEN hour_sends ELSE 0 END AS hour_sends,
           CASE WHEN ${isThisHour('b')} THEN hour_cost ELSE 0 END::int AS hour_cost,
           CASE WHEN ${isThisHour('b')} THEN hour_verified ELSE 0 END AS hour_verified,
           ${usedForHour('b')}::float8 AS hour_growth,
           CASE WHEN ${isToday('b')} THEN day_sends ELSE 0 END AS day_sends,
           CASE WHEN ${isToday('b')} THEN day_cost ELSE 0 END::int AS day_cost,
           CASE WHEN ${isToday('b')} THEN day_verified ELSE 0 END AS day_verified,
           ${peak('b')}::float8 AS day_growth
    FROM budgets b WHERE subject = ANY(:subjects::text[]) OR ${isSubjectOf(':phone::text')} ORDER BY scope, subject`,
  parameters: { subjects: array(text), phone: text },
  columns: {
    subject: text,
    minute_sends: int4,
    hour_sends: int4,
    hour_cost: int4,
    hour_verified: int4,
    hour_growth: float8,
    day_sends: int4,
    day_cost: int4,
    day_verified: int4,
    day_growth: float8,
  },
});

const READ_AUDIENCE = statement({
  name: 'guard/read_audience_of_phone',
  sql: `SELECT ${isPhoneOfUser(':phone::text')} AS of_user`,
  parameters: { phone: text },
  columns: { of_user: bool },
});

/** A phone, and what is charged with it. */
interface RequestedPhone {
  phone: string;
  country: CountryCode | undefined;
  /** Those of its route. */
  channels: readonly ChannelName[];
  /** The networks from which it was requested, or an IP address in each. */
  networks: readonly string[];
}

/**
 * The budgets of a phone, also on its known devices and in each network that has used its reserve; of the networks from which it was requested;
 * of the numbers like it, which limit all its clients; and of its channels.
 */
export async function readSpentBudgets(
  { phone, country, channels, networks }: RequestedPhone,
  { config, database }: { config: Pick<Config, 'guard' | 'production'>; database: Database },
): Promise<SpentBudget[]> {
  const priceOf = (channel: ChannelName) => costOf({ channel, country }, config.guard) / 1_000_000;
  const cheapest = Math.min(...channels.map(priceOf).filter((price) => price > 0));
  const cheapestPrice = Number.isFinite(cheapest) ? cheapest : 0;
  const listed = listBudgets({ phone, country, channels, networks }, config);
  const budgets = [...new Map(listed.map((one) => [`${one.of.subject} ${one.of.day_unverified}`, one])).values()];
  const subjects = budgets.map(({ of }) => of.subject);
  const isListedTwice = ({ subject }: Budget) => subjects.filter((one) => one === subject).length > 1;
  const [rows, [client]] = await Promise.all([
    database.query(READ_BUDGETS, { subjects, phone }),
    database.query(READ_AUDIENCE, { phone }),
  ]);
  const audience = client?.of_user ? 'user' : 'new';
  return budgets.flatMap(({ of, by }) => {
    const read = (name: string, subject: string, judged: Budget = of): SpentBudget => {
      const row = rows.find((one) => one.subject === subject);
      return {
        name,
        rule: judged.rule,
        subject,
        applies: subject === of.subject && ['all', 'stranger', audience].includes(of.audience),
        price: by && (of.scope === SCOPE.channel || isListedTwice(of)) ? priceOf(by) : cheapestPrice,
        minute: { messages: (row?.minute_sends ?? 0) / 100, messageLimit: scaled(judged.minute_sends, 100) },
        hour: spentIn('hour', row, judged),
        day: spentIn('day', row, judged),
      };
    };
    const name = NAMES[of.scope] ?? of.rule;
    const own = read(by && isListedTwice(of) ? `${name} by ${by}` : name, of.subject);
    if (of.scope !== SCOPE.phone) return [own];
    const ofClients = rows.flatMap(({ subject }) => (subjects.includes(subject) ? [] : [subject]));
    const isOnDevice = (subject: string) => subject.startsWith(`${phone} on `);
    return [
      own,
      ...ofClients.map((subject) => {
        const purpose = PURPOSES.find((one) => subject === notificationsToPhone(phone, one));
        if (purpose)
          return read(`notifications of ${purpose}`, subject, {
            ...withoutLimits(of),
            rule: 'notifications',
            ...sends(NOTIFICATIONS_PER_PHONE[purpose]),
          });
        return isOnDevice(subject)
          ? read('phone on its known devices', subject, {
              ...of,
              rule: 'device',
              ...sends(SENDS_ON_KNOWN_DEVICES),
              ...spendOnKnownDevices(cheapestPrice * 1_000_000, config.guard),
            })
          : read('reserve of the phone in a network', subject, { ...of, ...sends(RESERVE_PER_NETWORK) });
      }),
    ];
  });
}

/** A budget, and by which channel a message is judged by these limits, if that matters: new phones may leave more cheap messages unused. */
interface ListedBudget {
  of: Budget;
  by?: ChannelName;
}

function listBudgets(
  { phone, country, channels, networks }: RequestedPhone,
  config: Pick<Config, 'guard' | 'production'>,
): ListedBudget[] {
  const of = (channel: ChannelName, ofClient: readonly string[] = []) =>
    budgetsOf({ phone, country, channel, networks: ofClient, mayBeKnown: false }, config.guard);
  const isOfNetwork = ({ scope }: Budget) => scope >= SCOPE.address && scope <= SCOPE.site;
  const list = (budgets: Budget[], by?: ChannelName) => budgets.map((one) => ({ of: one, ...(by && { by }) }));
  const ofEach = (named: readonly ChannelName[], wanted: (budget: Budget) => boolean) =>
    named.flatMap((channel) => list(of(channel).filter(wanted), channel));
  const sending = channels.filter((channel) => channel !== 'console');
  return [
    ...list(of('green-api').filter(({ scope, audience }) => scope === SCOPE.phone && audience === 'stranger')),
    ...networks.flatMap((network) =>
      list(of('green-api', limitedNetworks(network.split('/', 1).join(), config)).filter(isOfNetwork)),
    ),
    ...ofEach(
      sending.length > 0 ? sending : ['green-api'],
      ({ scope }) => scope > SCOPE.phone && scope !== SCOPE.channel,
    ),
    ...ofEach(channels, ({ scope }) => scope === SCOPE.channel),
  ];
}

const PURPOSES = Object.keys(NOTIFICATIONS_PER_PHONE) as NotificationPurpose[];

type Row = RowOf<typeof READ_BUDGETS>;

const NAMES: Record<number, string> = {
  [SCOPE.phone]: 'phone',
  [SCOPE.address]: 'address of a client',
  [SCOPE.network]: 'network of a client',
  [SCOPE.site]: 'site of a client',
  [SCOPE.block]: 'block of 10,000',
  [SCOPE.wideBlock]: 'block of 100,000',
  [SCOPE.range]: 'range',
  [SCOPE.country]: 'new phones of the country',
  [SCOPE.users]: 'users of the country',
  [SCOPE.all]: 'all messages',
};

function spentIn(window: 'hour' | 'day', row: Row | undefined, of: Budget): Spent {
  const sends = row?.[`${window}_sends`] ?? 0;
  const used = row?.[`${window}_verified`] ?? 0;
  const grown = UNVERIFIED_RATIO[window] * (of.growth ?? 1) * (row?.[`${window}_growth`] ?? 0);
  const least = of[`${window}_unverified`];
  return {
    messages: sends / 100,
    unused: Math.max(0, sends - WEIGHTS.used * used) / 100,
    dollars: (row?.[`${window}_cost`] ?? 0) / 1_000_000,
    messageLimit: scaled(of[`${window}_sends`], 100),
    unusedLimit: least === undefined ? undefined : Math.max(least, Math.round(grown * 100) / 100),
    dollarLimit: scaled(of[`${window}_cost`], 1_000_000),
  };
}

const scaled = (value: number | undefined, unit: number) => (value === undefined ? undefined : value / unit);

/** Whether a limit of the budget is reached, so that a client that is judged by it gets no message. */
export const isSpent = ({
  minute,
  hour,
  day,
  price,
}: Pick<SpentBudget, 'minute' | 'hour' | 'day' | 'price'>): boolean =>
  minute.messages >= (minute.messageLimit ?? Infinity) ||
  [hour, day].some(
    ({ messages, messageLimit, unused, unusedLimit, dollars, dollarLimit }) =>
      messages >= (messageLimit ?? Infinity) ||
      unused >= (unusedLimit ?? Infinity) ||
      (price > 0 && inMillionths(dollars + price) > inMillionths(dollarLimit ?? Infinity)),
  );

const inMillionths = (dollars: number) => Math.round(dollars * 1_000_000);
