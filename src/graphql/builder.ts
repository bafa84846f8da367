import SchemaBuilder from '@pothos/core';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import { DomainError } from '../domain-error.js';
import { type GraphqlContext, viewerOf } from './context.js';
import { isAdmin } from '../users/is-admin.js';

export const builder = new SchemaBuilder<{
  Context: GraphqlContext;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
  AuthScopes: { admin: boolean };
  Scalars: {
    DateTime: { Input: Date; Output: Date };
    ID: { Input: string; Output: string };
  };
}>({
  plugins: [ScopeAuthPlugin, RelayPlugin],
  defaultFieldNullability: false,
  scopeAuth: {
    // Otherwise a feed would be opened for anybody, and each of its events refused.
    authorizeOnSubscribe: true,
    authScopes: (context) => ({ admin: () => requireAdmin(context) }),
  },
  relay: {
    // Ids are plain UUIDs; there is no node(id:).
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    cursorType: 'String',
    edgesFieldOptions: { nullable: false, description: 'What the page holds, in order.' },
    nodeFieldOptions: { nullable: false, description: 'The thing itself.' },
    cursorFieldOptions: { description: 'Where it stands: for after and before.' },
    pageInfoFieldOptions: { description: 'Where the page stands in the list.' },
    pageInfoTypeOptions: { description: 'Where a page stands in its list (Relay cursor connections).' },
    hasNextPageFieldOptions: { description: 'Whether more comes after it.' },
    hasPreviousPageFieldOptions: { description: 'Whether more comes before it.' },
    startCursorFieldOptions: { description: 'The cursor of the first on it.' },
    endCursorFieldOptions: { description: 'The cursor of the last on it.' },
    firstArgOptions: { description: 'So many of the first: 20 unless said, 100 at most.' },
    lastArgOptions: { description: 'So many of the last.' },
    afterArgOptions: { description: 'Only what comes after this cursor.' },
    beforeArgOptions: { description: 'Only what comes before this cursor.' },
  },
});

builder.queryType({ description: 'What can be asked.' });
builder.mutationType({ description: 'What can be done. One root field a request, over HTTP POST.' });
builder.subscriptionType({ description: 'What can be watched, over WebSocket (graphql-transport-ws) or SSE.' });

builder.scalarType('DateTime', {
  description: 'A moment, as an ISO 8601 string in UTC: 2026-11-21T12:00:00.000Z.',
  serialize: (value) => value.toISOString(),
  parseValue: (value) => {
    const date = new Date(String(value));
    if (Number.isNaN(date.getTime())) throw new TypeError('Not a DateTime: write it as 2026-11-21T12:00:00Z.');
    return date;
  },
});

/** By the role that their record holds now, whatever their access token says. @throws DomainError UNAUTHENTICATED, FORBIDDEN */
async function requireAdmin(context: GraphqlContext): Promise<boolean> {
  const { user } = await viewerOf(context);
  if (!isAdmin(user, context.users)) throw new DomainError('FORBIDDEN');
  return true;
}
