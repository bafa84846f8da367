// The floors of the benchmark: a Yoga server with the minimum that a sign-in needs. It writes the same kinds of rows and
// tokens as the gateway. It checks no phone, no limit and no secret, and neither logs nor publishes events.
//
// MEANS=best: the best known way. Statements share six connections, and the verification is one statement.
// MEANS=pool: the floor of earlier results. Each statement has a connection of the pool for itself, and the verification
// reads the attempt first, so that a sign-in is four statements.
import { createHash, generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto';
import { createServer } from 'node:http';
import { createSchema, createYoga } from 'graphql-yoga';
import pg from 'pg';

const connectionString = process.env['DATABASE_URL'];
const best = process.env['MEANS'] === 'best';
const pool = new pg.Pool({ connectionString, max: 16 });
await pool.query(`
  CREATE TABLE users (id uuid PRIMARY KEY, phone text UNIQUE, last_login_at timestamptz);
  CREATE TABLE attempts (id uuid PRIMARY KEY, phone text, secret_hash bytea, status text, expires_at timestamptz, session_id uuid);
  CREATE TABLE log (id uuid PRIMARY KEY, attempt_id uuid, state text);
  CREATE TABLE sessions (id uuid PRIMARY KEY, user_id uuid, hash bytea, expires_at timestamptz);`);

const shared = Array.from({ length: best ? 6 : 0 }, () => new pg.Client({ connectionString, pipeline: true }));
await Promise.all(shared.map((client) => client.connect()));
let turn = 0;
const query = (name, text, values) => {
  turn = (turn + 1) % 6;
  return (best ? shared[turn] : pool).query({ name, text, values });
};
const { privateKey } = generateKeyPairSync('ed25519');
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

const yoga = createYoga({
  schema: createSchema({
    typeDefs: /* GraphQL */ `
      type Query {
        ok: Boolean
      }
      type Requested {
        attemptId: ID!
        secret: String!
      }
      type User {
        id: ID!
        phone: String!
      }
      type Session {
        id: ID!
        accessToken: String!
        refreshToken: String!
        user: User!
      }
      type Mutation {
        requestOtp(phone: String!): Requested!
        verifyOtp(attemptId: ID!, secret: String!, code: String!): Session!
      }
    `,
    resolvers: {
      Mutation: {
        async requestOtp(_, { phone }) {
          const attemptId = randomUUID();
          const logId = randomUUID();
          const secret = randomBytes(32).toString('base64url');
          await query(
            'request',
            `WITH a AS (INSERT INTO attempts VALUES ($1, $2, $3, 'PENDING', now() + interval '300 seconds', NULL) RETURNING id)
             INSERT INTO log SELECT $4, id, 'QUEUED' FROM a`,
            [attemptId, phone, createHash('sha256').update(secret).digest(), logId],
          );
          await query('sent', `UPDATE log SET state = 'ACCEPTED' WHERE id = $1`, [logId]);
          return { attemptId, secret };
        },
        async verifyOtp(_, { attemptId, secret }) {
          const hash = createHash('sha256').update(secret).digest();
          if (!best)
            await query('read', `SELECT phone FROM attempts WHERE id = $1 AND secret_hash = $2`, [attemptId, hash]);
          const sessionId = randomUUID();
          const refreshToken = randomBytes(32).toString('base64url');
          const { rows } = await query(
            'verify',
            `WITH a AS (UPDATE attempts SET status = 'CLAIMED', session_id = $2 WHERE id = $1 AND secret_hash = $5 AND status = 'PENDING' AND expires_at > now() RETURNING phone),
                  u AS (INSERT INTO users SELECT $3, phone, now() FROM a ON CONFLICT (phone) DO UPDATE SET last_login_at = now() RETURNING id)
             INSERT INTO sessions SELECT $2, id, $4, now() + interval '14 days' FROM u RETURNING user_id, (SELECT phone FROM a) AS phone`,
            [attemptId, sessionId, randomUUID(), createHash('sha256').update(refreshToken).digest(), hash],
          );
          const now = Math.floor(Date.now() / 1000);
          const head = `${part({ alg: 'EdDSA', kid: 'floor' })}.${part({ sub: rows[0].user_id, sid: sessionId, iat: now, exp: now + 600 })}`;
          const accessToken = `${head}.${sign(null, Buffer.from(head), privateKey).toString('base64url')}`;
          return { id: sessionId, accessToken, refreshToken, user: { id: rows[0].user_id, phone: rows[0].phone } };
        },
      },
    },
  }),
  maxRequestBodySize: false,
  multipart: false,
  cors: false,
  landingPage: false,
  graphiql: false,
  logging: false,
});

const server = createServer((request, response) => void yoga(request, response));
server.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port }));
