import {
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLSchema,
  extendSchema,
  lexicographicSortSchema,
  parse,
  printSchema,
} from 'graphql';
import { readUser } from '../admin/read-users.js';
import { DomainError } from '../domain-error.js';
import type { User } from '../users/user.js';
import { viewerOf } from './auth/caller.js';
import { requireAdmin } from './auth/field-auth.js';
import type { GraphqlContext } from './context.js';

/** Makes the schema a subgraph (Apollo Federation 2.3). Other subgraphs refer to a user by id. */
const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])';
const FEDERATION_TYPES = parse(`
  "A reference to an entity: its type name and its key."
  scalar _Any
  "The schema, for federation routers."
  type _Service {
    "The schema with the directives of Apollo Federation."
    sdl: String!
  }
  "The entities that other subgraphs can refer to."
  union _Entity = User
  extend type Query {
    "For federation routers: the schema of this subgraph."
    _service: _Service!
    "For federation routers: users by id. A user can read their own record. With the gateway token, an admin can read every user. Null for any other id."
    _entities(
      "References such as {__typename: \\"User\\", id: \\"…\\"}, at most 100."
      representations: [_Any!]!
    ): [_Entity]!
  }
`);

/** Each representation can cost a query. */
export const MAX_ENTITIES = 100;

/** The schema definition that `_service` returns. */
function printSubgraph(schema: GraphQLSchema): string {
  const sdl = printSchema(lexicographicSortSchema(schema)).replace(/^type User \{/m, 'type User @key(fields: "id") {');
  return `${LINK}\n\n${sdl}\n`;
}

/**
 * Adds the fields that a router queries, `_service` and `_entities` (Apollo's subgraph specification). Apollo's library
 * for them needs a newer Node.js than we support, and adds more than these two fields. See docs/decisions/0019.
 */
export function createSubgraph(schema: GraphQLSchema): GraphQLSchema {
  const subgraph = extendSchema(schema, FEDERATION_TYPES);
  const sdl = printSubgraph(schema);
  const { _service, _entities } = (subgraph.getQueryType() as GraphQLObjectType<unknown, GraphqlContext>).getFields();
  if (!_service || !_entities) throw new Error('The subgraph has no federation fields');
  _service.resolve = () => ({ sdl });
  _entities.resolve = (_, { representations }: { representations: unknown[] }, context) =>
    resolveUsers(representations, context);
  (subgraph.getType('_Entity') as { resolveType?: unknown }).resolveType = () => 'User';
  return subgraph;
}

async function resolveUsers(representations: unknown[], context: GraphqlContext): Promise<(User | null)[]> {
  if (representations.length > MAX_ENTITIES)
    throw new GraphQLError(`At most ${MAX_ENTITIES} representations.`, {
      extensions: { code: 'OPERATION_TOO_LARGE' },
    });
  const { user: viewer } = await viewerOf(context);
  const isAdmin = await requireAdmin(context).then(
    () => true,
    (error: unknown) => {
      if (error instanceof DomainError) return false;
      throw error;
    },
  );
  return Promise.all(
    representations.map(async (representation) => {
      const { __typename, id } = (representation ?? {}) as { __typename?: unknown; id?: unknown };
      if (__typename !== 'User' || typeof id !== 'string') return null;
      if (id === viewer.id) return viewer;
      return isAdmin ? ((await context.admin.read((deps) => readUser({ id, actor: viewer.id }, deps))) ?? null) : null;
    }),
  );
}
