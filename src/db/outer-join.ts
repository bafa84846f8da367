import type { AnyType, OutputsOf, Type, Types } from './types.js';
import { nullable } from './types.js';

type Nullable<T extends AnyType> =
  T extends Type<infer Out, infer In> ? Type<Out | null, In | null | undefined> : never;
export type NullableColumns<Columns extends Types> = { [Name in keyof Columns]: Nullable<Columns[Name]> };

/**
 * The columns of the optional side of an outer join. They are all null when that side has no row. Narrow a row with
 * `hasColumns`.
 */
export function fromOuterJoin<const Columns extends Types>(columns: Columns): NullableColumns<Columns> {
  return Object.fromEntries(
    Object.entries<AnyType>(columns).map(([name, type]) => [name, nullable(type)]),
  ) as NullableColumns<Columns>;
}

/** Whether the optional side of an outer join has a row: every column that cannot be null by itself has a value. */
export function hasColumns<Row extends object, const Columns extends Types>(
  row: Row,
  columns: Columns,
): row is Row & OutputsOf<Columns> {
  const values = new Map<string, unknown>(Object.entries(row));
  return Object.entries<AnyType>(columns).every(
    ([name, { nullability }]) => nullability === 'nullable' || values.get(name) != null,
  );
}
