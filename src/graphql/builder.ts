import SchemaBuilder from '@pothos/core';
import RelayPlugin from '@pothos/plugin-relay';
import './auth/plugin.js';
import type { GraphqlContext } from './context.js';

export const builder = new SchemaBuilder<{
  Context: GraphqlContext;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
  Scalars: {
    DateTime: { Input: Date; Output: Date };
    ID: { Input: string; Output: string };
  };
}>({
  plugins: ['fieldAuth', RelayPlugin],
  defaultFieldNullability: false,
  relay: {
    // There is no node(id:).
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    cursorType: 'String',
    edgesFieldOptions: { nullable: false, description: 'The items of the page, in order.' },
    nodeFieldOptions: { nullable: false, description: 'The item at this position.' },
    cursorFieldOptions: { description: 'Cursor of the item. Pass it as the argument after or before.' },
    pageInfoFieldOptions: { description: 'Position of the page in the list.' },
    pageInfoTypeOptions: { description: 'Position of a page in its list (Relay cursor connections).' },
    hasNextPageFieldOptions: { description: 'Whether the list continues after the page.' },
    hasPreviousPageFieldOptions: { description: 'Whether the list continues before the page.' },
    startCursorFieldOptions: { description: 'Cursor of the first item of the page; null when the page is empty.' },
    endCursorFieldOptions: { description: 'Cursor of the last item of the page; null when the page is empty.' },
    firstArgOptions: { description: 'Returns the first *n* items. Default 20, maximum 100.' },
    lastArgOptions: { description: 'Returns the last *n* items. Maximum 100.' },
    afterArgOptions: { description: 'Returns items after this cursor.' },
    beforeArgOptions: { description: 'Returns items before this cursor.' },
  },
});

builder.queryType({ description: 'All queries. Send them over HTTP POST, HTTP GET or WebSocket.' });
builder.mutationType({ description: 'All mutations. Send them over HTTP POST, with one root field in each request.' });
builder.subscriptionType({
  description: 'All subscriptions. Use WebSocket (graphql-transport-ws) or Server-Sent Events.',
});

builder.scalarType('DateTime', {
  description: 'A point in time as an ISO 8601 string in UTC: 2026-11-21T12:00:00.000Z.',
  serialize: (value) => value.toISOString(),
  parseValue: (value) => {
    const date = new Date(String(value));
    if (Number.isNaN(date.getTime())) throw new TypeError('Not a DateTime: write it as 2026-11-21T12:00:00Z.');
    return date;
  },
});
