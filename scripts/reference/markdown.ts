/** The first lines of a generated page. */
export const head = (title: string, introduction: string): string =>
  `<!-- Printed by "npm run docs:reference". Do not edit. -->\n\n# ${title}\n\n${introduction}\n`;

/** A text of the code as Markdown: `<` begins no HTML, and `|` ends no cell of a table. Text in backticks stays. */
export const escape = (text: string): string =>
  text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replaceAll('<', '&lt;').replaceAll('{{', '&#123;&#123;')))
    .join('')
    .replaceAll('|', String.raw`\|`);

export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll(/\s+/g, ' ')).join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line), ''].join('\n');
}

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
