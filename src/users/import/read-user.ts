import type { CountryCode } from 'libphonenumber-js/max';
import { LOCALES } from '../../locales/locale.js';
import { parsePhone } from '../../phone/parse-phone.js';
import { readLocale } from '../read-locale.js';
import { NAME_MAX_LENGTH, readName } from '../read-name.js';
import { readRole } from '../read-role.js';
import type { Column } from './columns.js';

/** A user from a line of a file, in the form that is stored. Null keeps the stored value. */
export interface ImportedUser {
  phone: string;
  name: string | null;
  role: string | null;
  locale: string | null;
}

/** A spreadsheet writes long numbers like this, without their last digits. */
const SCIENTIFIC = /^\+?\d[.,]\d+E\+?\d+$/i;

/** How the lines of a file are read. */
export interface ReadOptions {
  columns: readonly Column[];
  /** National forms of phones are tried in these countries, in this order. */
  countries: readonly CountryCode[];
  roles: readonly string[];
}

/** The user of a line, or a sentence with every problem of the line. */
export function readUser(fields: string[], { columns, countries, roles }: ReadOptions): ImportedUser | string {
  if (fields.some((field) => field.includes('\uFFFD'))) return 'the line is not UTF-8';
  if (fields.length !== columns.length)
    return `the line has ${fields.length} ${fields.length === 1 ? 'column' : 'columns'} instead of ${columns.length}`;
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
    (text) => `the role ${quoted(text)} is not one of ${roles.join(', ')}`,
  );
  const locale = read('locale', readLocale, (text) => `the locale ${quoted(text)} is not one of ${LOCALES.join(', ')}`);
  return problems.length > 0 ? problems.join('; ') : { phone, name, role, locale };
}

function readPhone(text: string, countries: readonly CountryCode[]): string {
  if (text === '') return 'there is no phone';
  const phone = parsePhone(text, countries);
  if (phone === 'invalid' && SCIENTIFIC.test(text))
    return `the phone ${quoted(text)} was rounded by a spreadsheet: format its column as text there and export it again`;
  if (phone === 'invalid') return 'the phone is not valid in any country';
  return phone === 'cannot-receive' ? 'the phone cannot receive messages' : phone.e164;
}

function nameProblem(text: string): string {
  return Array.from(text).length > NAME_MAX_LENGTH
    ? `the name is longer than ${NAME_MAX_LENGTH} characters`
    : 'the name has invisible characters';
}

const quoted = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
