import { StartupError } from '../../startup-error.js';
import { looksLikePhone } from './looks-like-phone.js';

/** What a file may tell of a person, in the order of a file without a header. */
export const COLUMNS = ['phone', 'name', 'role', 'locale'] as const;
export type Column = (typeof COLUMNS)[number];

const isColumn = (name: string): name is Column => (COLUMNS as readonly string[]).includes(name);

/** The name of a column as it is known, or what stands there instead. */
export const columnName = (field: string): string => field.trim().toLowerCase();

/**
 * What the columns are, by the first line: a header in any order and case; or a person already, whose phone comes first.
 *
 * @throws StartupError when it is neither.
 */
export function readColumns(first: string[]): { columns: Column[]; isHeader: boolean } {
  if (looksLikePhone(first[0] ?? '')) {
    if (first.length <= COLUMNS.length) return { columns: COLUMNS.slice(0, first.length), isHeader: false };
    throw new StartupError(
      `The first line has ${first.length} columns, and no header says what they are: without one there are ${COLUMNS.join(', ')}, in this order.`,
    );
  }
  const names = first.map(columnName);
  const columns = names.filter(isColumn);
  const unknown = names.filter((name) => !isColumn(name));
  if (unknown.length > 0)
    throw new StartupError(
      `The first line names what is no column of ours: ${unknown.map((name) => JSON.stringify(name.slice(0, 40))).join(', ')}. There are ${COLUMNS.join(', ')}.`,
    );
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice) throw new StartupError(`The first line names the column ${twice} twice.`);
  if (!columns.includes('phone')) throw new StartupError('The first line names no column phone.');
  return { columns, isHeader: true };
}
