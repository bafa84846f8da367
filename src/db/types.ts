/**
 * A PostgreSQL type as a statement declares it. `Out` is the type that a column is read into, `In` the type that a
 * parameter takes. test/db/statements.test.ts compares every declared type with the type in PostgreSQL.
 */
export interface Type<Out = unknown, In = Out> {
  /** `pg_type.typname`. For an array, the name of its elements with an underscore before it. */
  readonly pgName: string;
  /** `present`: nullable in its table, but never null in the rows of this statement. */
  readonly nullability: 'not null' | 'nullable' | 'present';
  /** The labels of an enum. */
  readonly labels?: readonly string[];
  /** Converts a parameter of this type to the value that pg takes. */
  readonly encode: (value: unknown) => unknown;
  /** For the compiler only. */
  readonly types?: { out: Out; in: (value: In) => void };
}

export type AnyType = Type<unknown, never>;

/** Parameters or columns, by name. */
export type Types = Readonly<Record<string, AnyType>>;

type OutOf<T> = T extends Type<infer Out, never> ? Out : never;
type InOf<T> = T extends Type<unknown, infer In> ? In : never;

export type OutputsOf<T extends Types> = { [Name in keyof T]: OutOf<T[Name]> };
export type InputsOf<T extends Types> = { [Name in keyof T]: InOf<T[Name]> };

function type<Out, In = Out>(pgName: string, encode: Type['encode'] = (value) => value): Type<Out, In> {
  return { pgName, nullability: 'not null', encode };
}

export const text = type<string>('text');
export const uuid = type<string>('uuid');
export const bool = type<boolean>('bool');
export const int2 = type<number>('int2');
export const int4 = type<number>('int4');
export const float8 = type<number>('float8');
/** A string, because a number is exact only up to 2^53. `count(*)` is an int8: write `count(*)::int` for an int4. */
export const int8 = type<string, string | number>('int8');
/** A string, because a number cannot represent every decimal. */
export const numeric = type<string, string | number>('numeric');
export const timestamptz = type<Date>('timestamptz');
export const bytea = type<Buffer, Uint8Array>('bytea');
/** Pass the value of a parameter, not JSON text: `{ details: { role } }`. */
export const jsonb = type<unknown>('jsonb', toJson);

/** A text column with one of a few strings that only the application knows, such as the name of a channel. */
export const textOf = <Out extends string>(): Type<Out> => type<Out>('text');
/** A jsonb column that only this application writes. */
export const jsonbOf = <Out>(): Type<Out> => type<Out>('jsonb', toJson);

/** A PostgreSQL enum, by its name in the database; `labels` is the enum of the Prisma client. */
export function enumType<const Label extends string>(
  pgName: string,
  labels: Readonly<Record<string, Label>>,
): Type<Label> {
  return { ...type<Label>(pgName), labels: Object.values(labels) };
}

/** @throws for an array of an enum as a column: pg does not know its type and reads it as one string. */
export function array<Out, In>(element: Type<Out, In>): Type<Out[], readonly In[]> {
  const encode = (value: unknown) => (Array.isArray(value) ? value.map(element.encode) : value);
  const { labels } = element;
  return { ...type<Out[], readonly In[]>(`_${element.pgName}`, encode), ...(labels && { labels }) };
}

/** A nullable parameter also accepts undefined, which is sent as null. */
export function nullable<Out, In>({ pgName, labels, encode }: Type<Out, In>): Type<Out | null, In | null | undefined> {
  return {
    pgName,
    nullability: 'nullable',
    encode: (value) => (value == null ? null : encode(value)),
    ...(labels && { labels }),
  };
}

/** Nullable in its table, but the conditions of this statement ensure that it has a value. */
export function present<Out, In>(inner: Type<Out, In>): Type<Out, In> {
  return { ...inner, nullability: 'present' };
}

/** In JSON, PostgreSQL accepts neither half a surrogate pair nor a zero character. */
function toJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'string' ? inner.replaceAll(/[\p{Cs}\0]/gu, '\uFFFD') : inner,
  );
}
