import { StartupError } from '../../startup-error.js';
import { looksLikePhone } from './looks-like-phone.js';

/** The columns that a file may have. A file without a header has them in this order. */
export const COLUMNS = ['phone', 'name', 'role', 'locale'] as const;
export type Column = (typeof COLUMNS)[number];

const isColumn = (name: string): name is Column => (COLUMNS as readonly string[]).includes(name);

/** Converts a field of the header to the name of a column. The column may not exist. */
export const columnName = (field: string): string => field.trim().toLowerCase();

/**
 * Reads the columns from the first line. This line is a header, in any order and case, or already the line of a user,
 * in which the phone comes first.
 *
 * @throws StartupError when it is neither.
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
