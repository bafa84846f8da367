import {
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLSchema,
  extendSchema,
  lexicographicSortSchema,
  parse,
  printSchema,
} from 'graphql';
import type { User } from '../users/user.js';
import { type GraphqlContext, viewerOf } from './context.js';
import { isAdmin } from '../users/is-admin.js';
import { readUser } from '../admin/read-users.js';

/** What makes the schema a subgraph (Apollo Federation 2.3): a person is known to others by their id. */
const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])';
const ENTRANCE = parse(`
  "Anything that is told by a key."
  scalar _Any
  "What a router reads."
  type _Service {
    "The schema with the directives of Apollo Federation."
    sdl: String!
  }
  "What other subgraphs may name by its key."
  union _Entity = User
  extend type Query {
    "For a router."
    _service: _Service!
    "For a router: people by their id, to themselves and to admins; null to others who are signed in."
    _entities(
      "Such as {__typename: \\"User\\", id: \\"…\\"}."
      representations: [_Any!]!
    ): [_Entity]!
  }
`);

/** No more at once: each may be a look into the database. */
const MOST_ENTITIES = 100;

/** The schema as a subgraph prints itself. */
function printSubgraph(schema: GraphQLSchema): string {
  const sdl = printSchema(lexicographicSortSchema(schema)).replace(/^type User \{/m, 'type User @key(fields: "id") {');
  return `${LINK}\n\n${sdl}\n`;
}

/**
 * The schema with what a router asks for: `_service` and `_entities` (the subgraph specification). Written here, because the
 * library for it asks for a newer Node than we do, and brings more than these two fields.
 */
export function createSubgraph(schema: GraphQLSchema): GraphQLSchema {
  const subgraph = extendSchema(schema, ENTRANCE);
  const sdl = printSubgraph(schema);
  const { _service, _entities } = (subgraph.getQueryType() as GraphQLObjectType<unknown, GraphqlContext>).getFields();
  if (!_service || !_entities) throw new Error('The subgraph has no entrance');
  _service.resolve = () => ({ sdl });
  _entities.resolve = (_, { representations }: { representations: unknown[] }, context) =>
    resolveUsers(representations, context);
  (subgraph.getType('_Entity') as { resolveType?: unknown }).resolveType = () => 'User';
  return subgraph;
}

async function resolveUsers(representations: unknown[], context: GraphqlContext): Promise<(User | null)[]> {
  if (representations.length > MOST_ENTITIES)
    throw new GraphQLError(`At most ${MOST_ENTITIES} representations.`, {
      extensions: { code: 'OPERATION_TOO_LARGE' },
    });
  const { user: viewer } = await viewerOf(context);
  return Promise.all(
    representations.map(async (representation) => {
      const { __typename, id } = (representation ?? {}) as { __typename?: unknown; id?: unknown };
      if (__typename !== 'User' || typeof id !== 'string') return null;
      if (id === viewer.id) return viewer;
      return isAdmin(viewer, context.users)
        ? ((await readUser({ id, actor: viewer.id }, context.admin)) ?? null)
        : null;
    }),
  );
}
