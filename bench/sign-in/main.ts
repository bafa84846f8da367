// `npm run bench:sign-in`: complete sign-ins per second (request, verify, session), next to two floors that are measured in
// the same run: the best known way, and the floor of earlier results.
import pg from 'pg';
import { deriveKeys } from '../../src/config/keys.js';
import { cpuMs, cpuMsOfProcessTree, median, percentile, residentMb } from '../support/cost.js';
import { PostConnection } from '../support/post.js';
import { type Server, startInfrastructure, startServer } from '../support/servers.js';

const CLIENTS = [1, 16, 64, 256];
const ROUNDS = Number(process.env['ROUNDS'] ?? 3);
const ROUND_MS = Number(process.env['ROUND_MS'] ?? 4_000);
const SECRET = 'rQNdBKMa2SVs8vmiTgZPD7uFECztx3epAkf4';
const keys = deriveKeys(SECRET);
/** The benchmark does not receive the messages, so every attempt of its database accepts this code. */
const CODE = '000000';

/** The GraphQL requests of a sign-in. */
interface SignInRequests {
  request: (phone: string) => string;
  verify: (attempt: { attemptId: string; secret: string }) => string;
}

const USER = 'user { id phone }';
const gatewayRequests: SignInRequests = {
  request: (phone) =>
    JSON.stringify({
      query:
        'mutation ($input: RequestOtpInput!) { requestOtp(input: $input) { __typename ... on OtpRequested { attemptId secret } ... on Error { code } } }',
      variables: { input: { phone } },
    }),
  verify: ({ attemptId, secret }) =>
    JSON.stringify({
      query: `mutation ($input: VerifyOtpInput!) { verifyOtp(input: $input) { __typename ... on Session { id accessToken refreshToken ${USER} } ... on Error { code } } }`,
      variables: { input: { attemptId, secret, code: CODE } },
    }),
};
const floorRequests: SignInRequests = {
  request: (phone) =>
    JSON.stringify({
      query: 'mutation ($phone: String!) { requestOtp(phone: $phone) { attemptId secret } }',
      variables: { phone },
    }),
  verify: ({ attemptId, secret }) =>
    JSON.stringify({
      query: `mutation ($attemptId: ID!, $secret: String!, $code: String!) { verifyOtp(attemptId: $attemptId, secret: $secret, code: $code) { id accessToken refreshToken ${USER} } }`,
      variables: { attemptId, secret, code: CODE },
    }),
};

let issued = 0;
/** Kazakh mobile numbers, one after the other. They repeat after nine million. */
const nextPhone = () => `+7701${String(1_000_000 + (issued++ % 9_000_000)).padStart(7, '0')}`;

async function signIn(connection: PostConnection, requests: SignInRequests): Promise<void> {
  const phone = nextPhone();
  const requested = await connection.post('/graphql', requests.request(phone));
  const attempt = (JSON.parse(requested) as { data: { requestOtp: { attemptId: string; secret: string } } }).data
    ?.requestOtp;
  if (!attempt?.secret) throw new Error(`requestOtp answered ${requested}`);
  const verified = await connection.post('/graphql', requests.verify(attempt));
  if (!verified.includes('"accessToken":"')) throw new Error(`verifyOtp answered ${verified}`);
}

/** A trigger writes the hash of the code: HMAC-SHA-256 (RFC 2104), as `hashCode` computes it. */
async function fixCode(url: string): Promise<void> {
  const padded = (byte: number) => {
    const bytes = Buffer.alloc(64, byte).map((pad, index) => pad ^ (keys.codeHash[index] ?? 0));
    return `'\\x${Buffer.from(bytes).toString('hex')}'::bytea`;
  };
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`
    CREATE FUNCTION fix_code() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      NEW.code_hash = sha256(${padded(0x5c)} || sha256(${padded(0x36)} || convert_to(NEW.id || E'\\n${CODE}', 'UTF8')));
      RETURN NEW;
    END $$;
    CREATE TRIGGER fix_code BEFORE INSERT ON login_attempts FOR EACH ROW EXECUTE FUNCTION fix_code()`);
  await client.end();
}

interface Round {
  perSecond: number;
  p50: number;
  p99: number;
  serverMs: number;
  postgresMs: number;
}

/** Signs users in for the duration of a round, with this many clients at the same time. */
async function measure(
  { server, requests }: { server: Server; requests: SignInRequests },
  clients: number,
  postmaster: number,
): Promise<Round> {
  const connections = Array.from({ length: clients }, () => new PostConnection(server.port));
  const pid = server.process.pid as number;
  const took: number[] = [];
  const before = { server: cpuMs(pid), postgres: cpuMsOfProcessTree(postmaster) };
  const startedAt = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      while (performance.now() - startedAt < ROUND_MS) {
        const requestedAt = performance.now();
        await signIn(connection, requests);
        took.push(performance.now() - requestedAt);
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  for (const connection of connections) connection.close();
  took.sort((one, other) => one - other);
  return {
    perSecond: took.length / seconds,
    p50: percentile(took, 0.5),
    p99: percentile(took, 0.99),
    serverMs: (cpuMs(pid) - before.server) / took.length,
    postgresMs: (cpuMsOfProcessTree(postmaster) - before.postgres) / took.length,
  };
}

const infrastructure = await startInfrastructure();
const gatewayDatabase = await infrastructure.database('gateway', { migrated: true });
await fixCode(gatewayDatabase);
const startFloor = async (name: string, means: 'best' | 'pool') => ({
  server: await startServer(name, new URL('floor.mjs', import.meta.url), {
    DATABASE_URL: await infrastructure.database(`floor_${means}`, { migrated: false }),
    NODE_ENV: 'production',
    MEANS: means,
  }),
  requests: floorRequests,
});
const servers: { server: Server; requests: SignInRequests }[] = [
  await startFloor('floor', 'best'),
  await startFloor('old floor', 'pool'),
  {
    server: await startServer('gateway', new URL('../support/gateway.mjs', import.meta.url), {
      DATABASE_URL: gatewayDatabase,
      REDIS_URL: infrastructure.redisUrl,
      GATEWAY_SECRET: SECRET,
      PORT: '0',
    }),
    requests: gatewayRequests,
  },
];

try {
  for (const server of servers) await measure(server, 64, infrastructure.postmaster); // warm-up
  console.log(
    'clients  server      sign-ins/s   p50 ms   p99 ms   server CPU ms   PostgreSQL CPU ms   RSS MB   of floor   of old floor',
  );
  for (const clients of CLIENTS) {
    const rounds = servers.map((): Round[] => []);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [index, server] of servers.entries()) {
        rounds[index]?.push(await measure(server, clients, infrastructure.postmaster));
      }
    }
    const medianOf = (index: number, key: keyof Round) => median((rounds[index] ?? []).map((round) => round[key]));
    for (const [index, { server }] of servers.entries()) {
      const cells = [
        String(clients).padStart(7),
        server.name.padEnd(10),
        medianOf(index, 'perSecond').toFixed(0).padStart(11),
        medianOf(index, 'p50').toFixed(1).padStart(8),
        medianOf(index, 'p99').toFixed(1).padStart(8),
        medianOf(index, 'serverMs').toFixed(2).padStart(15),
        medianOf(index, 'postgresMs').toFixed(2).padStart(19),
        residentMb(server.process.pid as number)
          .toFixed(0)
          .padStart(8),
        ...[0, 1].map((floor) => (medianOf(index, 'perSecond') / medianOf(floor, 'perSecond')).toFixed(2).padStart(10)),
      ];
      console.log(cells.join('  '));
    }
  }
} finally {
  for (const { server } of servers) await server.stop();
  await infrastructure.stop();
}
