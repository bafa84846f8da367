import { toPositional } from './named-parameters.js';
import type { InputsOf, OutputsOf, Types } from './types.js';

export interface Definition<Parameters extends Types, Columns extends Types> {
  /** `<module>/<name>` as one literal. It is also the name of the prepared statement and of its file in prisma/sql. */
  readonly name: string;
  /** SQL with named parameters, such as `:phone`. */
  readonly sql: string;
  readonly parameters: Parameters;
  /** The columns of a row that the statement returns; `{}` when it returns no rows. */
  readonly columns: Columns;
  /**
   * Finds its rows by a unique key, and is on the way of every sign-in: it may share a connection with other statements
   * (docs/decisions/0051-statements-share-connections.md).
   */
  readonly short?: boolean;
  /** The statement that must have run before on the same connection, such as one that creates a temporary table. */
  readonly after?: AnyStatement;
}

export interface Statement<Parameters extends Types, Columns extends Types> extends Definition<Parameters, Columns> {
  /** The SQL as it is sent, with `$1`, `$2` … instead of the names. */
  readonly positionalSql: string;
  /** The names of the parameters in the order of their positions. */
  readonly parameterNames: readonly string[];
}

export type AnyStatement = Statement<Types, Types>;
export type RowOf<S extends AnyStatement> = OutputsOf<S['columns']>;
export type ParametersOf<S extends AnyStatement> = InputsOf<S['parameters']>;

/** PostgreSQL truncates a longer name (NAMEDATALEN - 1). */
const NAME_MAX_BYTES = 63;

const registered = createRegistry();

/**
 * Declares a statement that the gateway can send (docs/decisions/0023-statements-are-declared.md). Call it when a
 * module is loaded, never while a request is served, because printing and tests see only statements that loading has
 * declared.
 *
 * @throws when a name is malformed or in use, or the parameters differ from those in the SQL.
 */
export function statement<const Parameters extends Types, const Columns extends Types>(
  definition: Definition<Parameters, Columns>,
): Statement<Parameters, Columns> {
  const defined = defineStatement(definition);
  registered.add(defined);
  return defined;
}

/** Every statement of all loaded modules, exported or not. */
export const allStatements = (): AnyStatement[] => registered.all();

/** The statement without its registration, for tests. */
export function defineStatement<const Parameters extends Types, const Columns extends Types>(
  definition: Definition<Parameters, Columns>,
): Statement<Parameters, Columns> {
  const { name, sql, parameters, columns } = definition;
  const fail = (reason: string) => new Error(`Statement "${name}": ${reason}`);
  if (!/^[a-z-]+\/[a-z0-9_]+$/.test(name)) throw fail('a name is <module>/<name_in_snake_case>');
  if (name.length > NAME_MAX_BYTES) throw fail(`a name has ${NAME_MAX_BYTES} bytes at most`);
  const positional = toPositional(sql);
  const unknown = positional.names.filter((used) => !Object.hasOwn(parameters, used));
  if (unknown.length > 0) throw fail(`not declared: ${unknown.join(', ')}`);
  const unused = Object.keys(parameters).filter((declared) => !positional.names.includes(declared));
  if (unused.length > 0) throw fail(`declared but not used: ${unused.join(', ')}`);
  // pg does not know the types of enums, and would read an array of an enum as one string.
  for (const [column, { pgName, labels }] of Object.entries(columns))
    if (labels && pgName.startsWith('_')) throw fail(`cast ${column} to text[]: pg cannot read an array of an enum`);
  return { ...definition, positionalSql: positional.sql, parameterNames: positional.names };
}

export function createRegistry() {
  const statements = new Map<string, AnyStatement>();
  return {
    /** @throws when another statement already has the name. */
    add(added: AnyStatement): void {
      const known = statements.get(added.name);
      if (known && known.sql !== added.sql) throw new Error(`Two statements are named "${added.name}"`);
      statements.set(added.name, added);
    },
    all: (): AnyStatement[] => [...statements.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}
