import { COLUMNS, columnName } from './columns.js';
import { looksLikePhone } from './looks-like-phone.js';

const DELIMITERS = [',', ';', '\t'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/**
 * What the fields of a file are separated by, as far as its first line shows: the one that leaves a phone or the name of a
 * column in front (a comma may also stand within a name), and the most frequent of those.
 */
export function findDelimiter(firstLine: string): Delimiter {
  const bare = firstLine.replaceAll(/"[^"]*"/g, (quoted) => quoted.replaceAll(/[",;\t]/g, ''));
  const [first] = DELIMITERS.map((delimiter) => ({ delimiter, parts: bare.split(delimiter) }))
    .filter(({ parts }) => parts.length > 1)
    .toSorted(
      (one, other) => Number(begins(other.parts)) - Number(begins(one.parts)) || other.parts.length - one.parts.length,
    );
  return first?.delimiter ?? ',';
}

function begins([first = '']: string[]): boolean {
  return (COLUMNS as readonly string[]).includes(columnName(first)) || looksLikePhone(first);
}
