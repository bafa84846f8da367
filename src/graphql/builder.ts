import SchemaBuilder from '@pothos/core';
import type { GraphqlContext } from './context.js';

export const builder = new SchemaBuilder<{
  Context: GraphqlContext;
  DefaultFieldNullability: false;
  Scalars: {
    DateTime: { Input: Date; Output: Date };
    ID: { Input: string; Output: string };
  };
}>({ defaultFieldNullability: false });

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
