import type { CountryCode } from 'libphonenumber-js/max';
import { LOCALES } from '../../locales/locale.js';
import { parsePhone } from '../../phone/parse-phone.js';
import { NAME_MAX_LENGTH, readLocale, readName, readRole } from '../profile.js';
import type { Column } from './columns.js';

/** A person as a file tells of them, in the form it is kept in; null leaves what is there. */
export interface ImportedUser {
  phone: string;
  name: string | null;
  role: string | null;
  locale: string | null;
}

/** How a file is to be read. */
export interface Reading {
  columns: readonly Column[];
  /** National forms are tried in these, in this order. */
  countries: readonly CountryCode[];
  roles: readonly string[];
}

/** The person of a line, or all that is wrong with it. */
export function readUser(fields: string[], { columns, countries, roles }: Reading): ImportedUser | string {
  if (fields.some((field) => field.includes('\uFFFD'))) return 'it is not UTF-8';
  if (fields.length !== columns.length)
    return `it has ${fields.length} ${fields.length === 1 ? 'column' : 'columns'} instead of ${columns.length}`;
  const field = (column: Column): string => fields[columns.indexOf(column)]?.trim() ?? '';
  const problems: string[] = [];

  function read(column: Column, valueOf: (text: string) => string, problemOf: (text: string) => string): string | null {
    const text = field(column);
    if (text === '') return null;
    try {
      return valueOf(text);
    } catch {
      problems.push(problemOf(text));
      return null;
    }
  }

  const phone = readPhone(field('phone'), countries);
  if (!phone.startsWith('+')) problems.push(phone);
  const name = read('name', readName, nameProblem);
  const role = read(
    'role',
    (text) => readRole(text, roles),
    (text) => `there is no role ${quoted(text)}, but ${roles.join(', ')}`,
  );
  const locale = read('locale', readLocale, (text) => `there is no locale ${quoted(text)}, but ${LOCALES.join(', ')}`);
  return problems.length > 0 ? problems.join('; ') : { phone, name, role, locale };
}

function readPhone(text: string, countries: readonly CountryCode[]): string {
  if (text === '') return 'there is no phone';
  const phone = parsePhone(text, countries);
  if (phone === 'invalid') return 'the phone is not a number of any country';
  return phone === 'cannot-receive' ? 'the phone is none that receives messages' : phone.e164;
}

function nameProblem(text: string): string {
  return Array.from(text).length > NAME_MAX_LENGTH
    ? `the name is longer than ${NAME_MAX_LENGTH} characters`
    : 'the name has characters that cannot be seen';
}

const quoted = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
