// The floors of the benchmark in one process. For memory: a graphql-ws server with graphql-js `subscribe` and one Map of
// listeners. For latency: a `ws` server in which an HTTP POST inserts a row, publishes to Redis when the row is on the disk,
// and is answered; the subscriber of Redis sends to the socket. The first floor, which is kept to compare, inserts no row.
import { createServer } from 'node:http';
import { GraphQLEnumType, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { Redis } from 'ioredis';
import pg from 'pg';
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
subscriber.on('message', (topic) => byTopic.get(topic)?.send(`COMPLETED ${topic}`));

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 10 });
await pool.query('CREATE TABLE IF NOT EXISTS completed (id uuid PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())');
const complete = (id) =>
  pool.query({ name: 'complete', text: 'INSERT INTO completed (id) VALUES ($1) RETURNING id, at', values: [id] });

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
  const id = searchParams.get('id') ?? '';
  const answer = async () => {
    if (pathname === '/durable') await complete(id);
    await publisher.publish(id, '');
    response.end('{}');
  };
  request.resume().once('end', () => void answer());
});
server.on('upgrade', (request, socket, head) => {
  if (request.url?.startsWith('/graphql')) {
    graphqlSockets.handleUpgrade(request, socket, head, (webSocket) =>
      graphqlSockets.emit('connection', webSocket, request),
    );
    return;
  }
  bareSockets.handleUpgrade(request, socket, head, (webSocket) => {
    webSocket.on('message', (/** @type {Buffer} */ data) => {
      const topic = data.toString();
      byTopic.set(topic, webSocket);
      void subscriber.subscribe(topic).then(() => webSocket.send('PENDING'));
    });
  });
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port }));
process.on('message', (message) => {
  if (message !== 'waiting') return;
  globalThis.gc?.();
  globalThis.gc?.(); // frees objects that were finalized in the first run
  process.send?.({ sockets: graphqlSockets.clients.size + bareSockets.clients.size, memory: process.memoryUsage() });
});
