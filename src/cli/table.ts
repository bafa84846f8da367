/**
 * Prints lines in columns, the headings first. Control characters are removed, because they could control the terminal.
 */
export function printTable(headings: string[], rows: string[][]): string {
  const lines = [headings, ...rows].map((row) => row.map((cell) => cell.replaceAll(/\p{Cc}/gu, '')));
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => lengthOf(line[column]))));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - lengthOf(cell)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const lengthOf = (cell = ''): number => Array.from(cell).length;
