// `npm run bench:sign-in`: whole sign-ins (request, verify, session) a second, beside a floor measured in the same run.
import { deriveKeys } from '../../src/config/keys.js';
import { deriveCode } from '../../src/login/otp/code.js';
import { cpuMs, cpuMsOfFamily, median, percentile, residentMb } from '../support/cost.js';
import { PostConnection } from '../support/post.js';
import { type Contestant, layGround, startContestant } from '../support/servers.js';

const CLIENTS = [1, 16, 64, 256];
const ROUNDS = Number(process.env['ROUNDS'] ?? 3);
const ROUND_MS = Number(process.env['ROUND_MS'] ?? 4_000);
const SECRET = 'a secret for benchmarks only, long enough to be taken';
const keys = deriveKeys(SECRET);

interface Way {
  request: (phone: string) => string;
  verify: (attempt: { attemptId: string; secret: string }, phone: string) => string;
}

const USER = 'user { id phone }';
const gatewayWay: Way = {
  request: (phone) =>
    JSON.stringify({
      query:
        'mutation ($input: RequestOtpInput!) { requestOtp(input: $input) { __typename ... on OtpRequested { attemptId secret } ... on Error { code } } }',
      variables: { input: { phone } },
    }),
  verify: ({ attemptId, secret }, phone) =>
    JSON.stringify({
      query: `mutation ($input: VerifyOtpInput!) { verifyOtp(input: $input) { __typename ... on Session { id accessToken refreshToken ${USER} } ... on Error { code } } }`,
      variables: { input: { attemptId, secret, code: deriveCode({ attemptId, phone }, 6, keys.code) } },
    }),
};
const floorWay: Way = {
  request: (phone) =>
    JSON.stringify({
      query: 'mutation ($phone: String!) { requestOtp(phone: $phone) { attemptId secret } }',
      variables: { phone },
    }),
  verify: ({ attemptId, secret }) =>
    JSON.stringify({
      query: `mutation ($attemptId: ID!, $secret: String!, $code: String!) { verifyOtp(attemptId: $attemptId, secret: $secret, code: $code) { id accessToken refreshToken ${USER} } }`,
      variables: { attemptId, secret, code: '000000' },
    }),
};

let issued = 0;
/** Seven million numbers of one Kazakh operator's range, one after the other. */
const nextPhone = () => `+7701${String(1_000_000 + (issued++ % 9_000_000)).padStart(7, '0')}`;

async function signIn(connection: PostConnection, way: Way): Promise<void> {
  const phone = nextPhone();
  const requested = await connection.post('/graphql', way.request(phone));
  const attempt = (JSON.parse(requested) as { data: { requestOtp: { attemptId: string; secret: string } } }).data
    ?.requestOtp;
  if (!attempt?.secret) throw new Error(`requestOtp answered ${requested}`);
  const verified = await connection.post('/graphql', way.verify(attempt, phone));
  if (!verified.includes('"accessToken":"')) throw new Error(`verifyOtp answered ${verified}`);
}

interface Round {
  perSecond: number;
  p50: number;
  p99: number;
  serverMs: number;
  postgresMs: number;
}

/** Signs users in with so many clients at once, for the time of a round. */
async function measure(
  { contestant, way }: { contestant: Contestant; way: Way },
  clients: number,
  postmaster: number,
): Promise<Round> {
  const connections = Array.from({ length: clients }, () => new PostConnection(contestant.port));
  const pid = contestant.process.pid as number;
  const took: number[] = [];
  const before = { server: cpuMs(pid), postgres: cpuMsOfFamily(postmaster) };
  const startedAt = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      while (performance.now() - startedAt < ROUND_MS) {
        const begun = performance.now();
        await signIn(connection, way);
        took.push(performance.now() - begun);
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
    postgresMs: (cpuMsOfFamily(postmaster) - before.postgres) / took.length,
  };
}

const ground = await layGround();
const contestants: { contestant: Contestant; way: Way }[] = [
  {
    contestant: await startContestant('floor', new URL('floor.mjs', import.meta.url), {
      DATABASE_URL: await ground.database('floor', { migrated: false }),
      NODE_ENV: 'production',
    }),
    way: floorWay,
  },
  {
    contestant: await startContestant('gateway', new URL('../support/gateway.mjs', import.meta.url), {
      DATABASE_URL: await ground.database('gateway', { migrated: true }),
      REDIS_URL: ground.redisUrl,
      GATEWAY_SECRET: SECRET,
      PORT: '0',
    }),
    way: gatewayWay,
  },
];

try {
  for (const one of contestants) await measure(one, 64, ground.postmaster); // warm
  console.log('clients  server   sign-ins/s   p50 ms   p99 ms   server CPU ms   PostgreSQL CPU ms   RSS MB   of floor');
  for (const clients of CLIENTS) {
    const rounds = contestants.map((): Round[] => []);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [index, one] of contestants.entries()) {
        rounds[index]?.push(await measure(one, clients, ground.postmaster));
      }
    }
    const middle = (index: number, key: keyof Round) => median((rounds[index] ?? []).map((round) => round[key]));
    for (const [index, { contestant }] of contestants.entries()) {
      const cells = [
        String(clients).padStart(7),
        contestant.name.padEnd(7),
        middle(index, 'perSecond').toFixed(0).padStart(11),
        middle(index, 'p50').toFixed(1).padStart(8),
        middle(index, 'p99').toFixed(1).padStart(8),
        middle(index, 'serverMs').toFixed(2).padStart(15),
        middle(index, 'postgresMs').toFixed(2).padStart(19),
        residentMb(contestant.process.pid as number)
          .toFixed(0)
          .padStart(8),
        index === 0 ? '' : (middle(index, 'perSecond') / middle(0, 'perSecond')).toFixed(2).padStart(10),
      ];
      console.log(cells.join('  '));
    }
  }
} finally {
  for (const { contestant } of contestants) await contestant.stop();
  await ground.stop();
}
