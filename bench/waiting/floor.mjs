// Two floors of the benchmark in one process. For memory: a graphql-ws server with graphql-js `subscribe` and one Map of
// listeners. For latency: a `ws` server in which an HTTP POST publishes to Redis, and the subscriber sends to the socket.
import { createServer } from 'node:http';
import { GraphQLEnumType, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { Redis } from 'ioredis';
import { WebSocketServer } from 'ws';

const Status = new GraphQLEnumType({ name: 'Status', values: { PENDING: {}, COMPLETED: {} } });
const Attempt = new GraphQLObjectType({
  name: 'LoginAttempt',
  fields: { status: { type: new GraphQLNonNull(Status) } },
});
const listeners = new Map();

/** Yields the current status, then every status that the listener gets. */
function watch(id) {
  let next;
  let first = true;
  listeners.set(id, (status) => next?.({ done: false, value: { status } }));
  return {
    next: () => {
      if (first) {
        first = false;
        return Promise.resolve({ done: false, value: { status: 'PENDING' } });
      }
      return new Promise((resolve) => (next = resolve));
    },
    return: async () => {
      listeners.delete(id);
      return { done: true, value: undefined };
    },
    throw: async (error) => {
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const args = {
  attemptId: { type: new GraphQLNonNull(GraphQLString) },
  secret: { type: new GraphQLNonNull(GraphQLString) },
};
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: 'Query', fields: { ok: { type: GraphQLString } } }),
  subscription: new GraphQLObjectType({
    name: 'Subscription',
    fields: {
      loginAttemptStatus: {
        type: new GraphQLNonNull(Attempt),
        args,
        subscribe: (_, { attemptId }) => watch(attemptId),
        resolve: (state) => state,
      },
    },
  }),
});

const graphqlSockets = new WebSocketServer({ noServer: true });
useServer({ schema }, graphqlSockets);

const bareSockets = new WebSocketServer({ noServer: true });
const byTopic = new Map();
const redisUrl = process.env['REDIS_URL'] ?? '';
const publisher = new Redis(redisUrl);
const subscriber = new Redis(redisUrl);
subscriber.on('message', (topic) => byTopic.get(topic)?.send('COMPLETED'));

const topicOf = ({ url = '' }) => new URL(url, 'http://localhost').searchParams.get('id') ?? '';
const server = createServer((request, response) => {
  request.resume().once('end', () => {
    void publisher.publish(topicOf(request), '').then(() => response.end('{}'));
  });
});
server.on('upgrade', (request, socket, head) => {
  if (request.url?.startsWith('/graphql')) {
    graphqlSockets.handleUpgrade(request, socket, head, (webSocket) =>
      graphqlSockets.emit('connection', webSocket, request),
    );
    return;
  }
  const topic = topicOf(request);
  bareSockets.handleUpgrade(request, socket, head, (webSocket) => {
    byTopic.set(topic, webSocket);
    void subscriber.subscribe(topic).then(() => webSocket.send('PENDING'));
  });
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port }));
process.on('message', (message) => {
  if (message !== 'waiting') return;
  globalThis.gc?.();
  globalThis.gc?.(); // frees objects that were finalized in the first run
  process.send?.({ sockets: graphqlSockets.clients.size + bareSockets.clients.size, memory: process.memoryUsage() });
});
