// The members of every union and the types of every interface in a schema, as caches of GraphQL clients take them (`possibleTypes`).
import { buildSchema, isAbstractType } from 'graphql';

/**
 * Maps the name of each union and interface to the names of the types that it can be, both in the order of the alphabet.
 *
 * @param {string} schemaSDL the schema, in the schema definition language
 * @returns {Record<string, string[]>}
 */
export function possibleTypes(schemaSDL) {
  const schema = buildSchema(schemaSDL);
  const abstractTypes = Object.values(schema.getTypeMap()).filter((type) => isAbstractType(type));
  const entries = abstractTypes
    .map(({ name }) => name)
    .toSorted()
    .map((name) => [name, namesOf(schema, name)]);
  return Object.fromEntries(entries);
}

function namesOf(schema, name) {
  const types = schema.getPossibleTypes(schema.getType(name));
  return types.map((type) => type.name).toSorted();
}
