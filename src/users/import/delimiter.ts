import { COLUMNS, columnName } from './columns.js';
import { looksLikePhone } from './looks-like-phone.js';

const DELIMITERS = [',', ';', '\t'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/**
 * Finds the delimiter of a file from its first line. A delimiter that leaves a phone or the name of a column as the
 * first field is preferred, because a name may contain a comma; then the most frequent one.
 */
export function findDelimiter(firstLine: string): Delimiter {
  const bare = firstLine.replaceAll(/"[^"]*"/g, (quoted) => quoted.replaceAll(/[",;\t]/g, ''));
  const [first] = DELIMITERS.map((delimiter) => ({ delimiter, parts: bare.split(delimiter) }))
    .filter(({ parts }) => parts.length > 1)
    .toSorted(
      (one, other) =>
        Number(startsWell(other.parts)) - Number(startsWell(one.parts)) || other.parts.length - one.parts.length,
    );
  return first?.delimiter ?? ',';
}

function startsWell([first = '']: string[]): boolean {
  return (COLUMNS as readonly string[]).includes(columnName(first)) || looksLikePhone(first);
}
