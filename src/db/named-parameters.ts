/**
 * Parts of SQL in which a colon does not begin a parameter: strings, quoted names, dollar quotes, comments and casts.
 */
const SKIPPED = [
  String.raw`\b[eE]'(?:\\.|''|[^'\\])*'`,
  `'(?:''|[^'])*'`,
  `"(?:""|[^"])*"`,
  String.raw`(?<!\w)\$(?<tag>(?:[a-zA-Z_]\w*)?)\$.*?\$\k<tag>\$`,
  String.raw`--[^\n]*`,
  String.raw`\/\*.*?\*\/`,
  '::',
].join('|');

/** In an array slice such as `[1:n]`, the upper bound directly follows a value. A parameter never does. */
const PARAMETER = String.raw`(?<![\w)\]'"]):(?<name>[a-zA-Z_]\w*)`;
const POSITION = String.raw`(?<!\w)\$\d+`;
const TOKENS = new RegExp(`(?:${SKIPPED})|${PARAMETER}|(?<position>${POSITION})`, 'gs');

export interface PositionalSql {
  /** The SQL with `$1`, `$2` … in place of `:name`. */
  sql: string;
  /** The names in the order of their positions. */
  names: string[];
}

/**
 * Replaces each `:name` by a position, the same name by the same position. @throws for a position that is written out,
 * such as `$1`.
 */
export function toPositional(named: string): PositionalSql {
  const names: string[] = [];
  const sql = named.replaceAll(TOKENS, (token, ...rest) => {
    const { name, position } = rest.at(-1) as { name?: string; position?: string };
    if (position !== undefined) throw new Error(`${position}: write a named parameter, such as :phone`);
    if (name === undefined) return token;
    if (!names.includes(name)) names.push(name);
    return `$${names.indexOf(name) + 1}`;
  });
  return { sql, names };
}
