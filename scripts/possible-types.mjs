import { buildSchema, isAbstractType } from 'graphql';

/**
 * The members of each union and the implementations of each interface of a schema, by name, sorted: what the caches of Apollo
 * and others call `possibleTypes`.
 *
 * @param {string} sdl
 * @returns {Record<string, string[]>}
 */
export function possibleTypes(sdl) {
  const schema = buildSchema(sdl);
  const abstract = Object.values(schema.getTypeMap()).filter((type) => isAbstractType(type));
  return Object.fromEntries(
    abstract
      .map(({ name }) => [
        name,
        schema
          .getPossibleTypes(schema.getType(name))
          .map((type) => type.name)
          .toSorted(),
      ])
      .toSorted(([one], [other]) => one.localeCompare(other)),
  );
}
