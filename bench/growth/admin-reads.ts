import { DAYS, idOfUser, phoneOfUser } from '../support/rows.js';

interface AdminRead {
  query: string;
  /** Another value each time, so that nothing is read twice. */
  variables: (index: number) => object;
}

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
const phone = (index: number) => phoneOfUser(31 * (index + 1));
const page = (fields: string) => `{ edges { node { ${fields} } } pageInfo { hasNextPage } }`;

const list = (field: string, args: string, fields: string) => `{ ${field}(${args}first: 20) ${page(fields)} }`;
const withPhone = (field: string, fields: string) =>
  `query ($phone: String!) { ${field}(phone: $phone, first: 20) ${page(fields)} }`;
const statistics =
  'query ($since: DateTime!) { sendStatistics(since: $since) { day country channel tried verified conversion medianSecondsToDeliver } }';

/** The lists, searches and statistics of the admin API, by a name for the table. */
export const ADMIN_READS: Record<string, AdminRead> = {
  'users, newest': { query: list('users', '', 'id name phone'), variables: () => ({}) },
  'users by phone': {
    query: `query ($search: String!) { users(search: $search, first: 20) ${page('id name phone')} }`,
    variables: (index) => ({ search: phone(index) }),
  },
  'users by part of a phone': {
    query: `query ($search: String!) { users(search: $search, first: 20) ${page('id name phone')} }`,
    variables: (index) => ({ search: phone(index).slice(-6) }),
  },
  'users by part of a name': {
    query: `query ($search: String!) { users(search: $search, first: 20) ${page('id name phone')} }`,
    variables: (index) => ({ search: `f${100 + index}a` }),
  },
  'users with a rare role': { query: list('users', 'role: "ADMIN", ', 'id name phone'), variables: () => ({}) },
  'users that are blocked': { query: list('users', 'blocked: true, ', 'id name phone'), variables: () => ({}) },
  'attempts, newest': { query: list('loginAttempts', '', 'id status'), variables: () => ({}) },
  'attempts by phone': {
    query: withPhone('loginAttempts', 'id status'),
    variables: (index) => ({ phone: phone(index) }),
  },
  'attempts that failed': { query: list('loginAttempts', 'status: FAILED, ', 'id status'), variables: () => ({}) },
  'attempts that were canceled': {
    query: list('loginAttempts', 'status: CANCELED, ', 'id status'),
    variables: () => ({}),
  },
  'messages, newest': { query: list('smsLog', '', 'id status'), variables: () => ({}) },
  'messages to a rare country': { query: list('smsLog', 'country: "IR", ', 'id status'), variables: () => ({}) },
  'messages that are undelivered': {
    query: list('smsLog', 'status: UNDELIVERED, ', 'id status'),
    variables: () => ({}),
  },
  'audit log, newest': { query: list('auditLog', '', 'id event'), variables: () => ({}) },
  'audit log by rare event': { query: list('auditLog', 'event: "user.blocked", ', 'id event'), variables: () => ({}) },
  'audit log by actor': { query: list('auditLog', 'actor: "operator", ', 'id event'), variables: () => ({}) },
  'audit log of a user': {
    query: `query ($user: ID!) { auditLog(userId: $user, first: 20) ${page('id event')} }`,
    variables: (index) => ({ user: idOfUser(31 * (index + 1)) }),
  },
  'guard events, newest': { query: list('guardEvents', '', 'id rule'), variables: () => ({}) },
  'statistics of 1 day': { query: statistics, variables: () => ({ since: daysAgo(1) }) },
  'statistics of 30 days': { query: statistics, variables: () => ({ since: daysAgo(30) }) },
  [`statistics of ${DAYS} days`]: { query: statistics, variables: () => ({ since: daysAgo(DAYS) }) },
};
