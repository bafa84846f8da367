import { StartupError } from '../../startup-error.js';
import { looksLikePhone } from './looks-like-phone.js';

/** The columns that a file may have, in the order of a file without a header. */
export const COLUMNS = ['phone', 'name', 'role', 'locale'] as const;
export type Column = (typeof COLUMNS)[number];

const isColumn = (name: string): name is Column => (COLUMNS as readonly string[]).includes(name);

/** A field of the header as the name of a column. It may be no column that exists. */
export const columnName = (field: string): string => field.trim().toLowerCase();

/**
 * Reads the columns from the first line. It is a header, in any order and case, or already the line of a user, whose phone
 * comes first.
 *
 * @throws StartupError where it is neither.
 */
export function readColumns(first: string[]): { columns: Column[]; isHeader: boolean } {
  if (looksLikePhone(first[0] ?? '')) {
    if (first.length <= COLUMNS.length) return { columns: COLUMNS.slice(0, first.length), isHeader: false };
    throw new StartupError(
      `The first line has ${first.length} columns and is not a header. Without a header the columns are ${COLUMNS.join(', ')}, in this order.`,
    );
  }
  const names = first.map(columnName);
  const columns = names.filter(isColumn);
  const unknown = names.filter((name) => !isColumn(name));
  if (unknown.length > 0)
    throw new StartupError(
      `The first line names unknown columns: ${unknown.map((name) => JSON.stringify(name.slice(0, 40))).join(', ')}. The columns are ${COLUMNS.join(', ')}.`,
    );
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice) throw new StartupError(`The first line names the column ${twice} twice.`);
  if (!columns.includes('phone')) throw new StartupError('The first line does not name the column phone.');
  return { columns, isHeader: true };
}
