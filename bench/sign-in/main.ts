// `npm run bench:sign-in`: complete sign-ins per second (request, verify, session), next to two floors that are measured in
// the same run, the best known way and the floor of earlier results, and to Better Auth (bench/peers).
import { deriveKeys } from '../../src/config/keys.js';
import { cpuMs, cpuMsOfProcessTree, median, percentile, residentMb } from '../support/cost.js';
import { PostConnection } from '../support/post.js';
import { createReport } from '../support/report.js';
import { type Server, startInfrastructure, startServer } from '../support/servers.js';
import { acceptCode } from './accept-code.js';
import { startBetterAuth } from './better-auth.js';
import { signInToFloor, signInToGateway } from './requests.js';

const CLIENTS = [1, 16, 64, 256];
/** The number of clients with which the gateway is compared with Better Auth. */
const PEER_CLIENTS = 64;
/** The goals, as ratios of the gateway to the floor, to the floor of earlier results and to Better Auth. */
const GOALS = { floor: 0.75, oldFloor: 1, peer: 5, p99: 2, serverCpu: 1.4, postgresCpu: 1.5 };
const report = createReport();
const ROUNDS = report.setting('ROUNDS', 3);
const ROUND_MS = report.setting('ROUND_MS', 4_000);
const SECRET = 'rQNdBKMa2SVs8vmiTgZPD7uFECztx3epAkf4';

let issued = 0;
/** Kazakh mobile numbers, one after the other. They repeat after nine million. */
const nextPhone = () => `+7701${String(1_000_000 + (issued++ % 9_000_000)).padStart(7, '0')}`;

const KEYS = ['perSecond', 'p50', 'p99', 'serverMs', 'postgresMs'] as const;
/** CPU times are milliseconds for each sign-in. */
type Round = Record<(typeof KEYS)[number], number>;

/** A server under test. */
interface Subject {
  server: Server;
  signIn: (connection: PostConnection, phone: string) => Promise<void>;
}

/** Signs users in for the duration of a round, with this many clients at the same time. */
async function measure({ server, signIn }: Subject, clients: number, postmaster: number): Promise<Round> {
  const connections = Array.from({ length: clients }, () => new PostConnection(server.port));
  const pid = server.process.pid as number;
  const took: number[] = [];
  const before = { server: cpuMs(pid), postgres: cpuMsOfProcessTree(postmaster) };
  const startedAt = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      while (performance.now() - startedAt < ROUND_MS) {
        const requestedAt = performance.now();
        await signIn(connection, nextPhone());
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
report.versions(infrastructure.versions);
const gatewayDatabase = await infrastructure.database('gateway', { migrated: true });
await acceptCode(gatewayDatabase, deriveKeys(SECRET).codeHash);
const startFloor = async (name: string, means: 'best' | 'pool'): Promise<Subject> => ({
  server: await startServer(name, new URL('floor.mjs', import.meta.url), {
    DATABASE_URL: await infrastructure.database(`floor_${means}`, { migrated: false }),
    NODE_ENV: 'production',
    MEANS: means,
  }),
  signIn: signInToFloor,
});
const floor = await startFloor('floor', 'best');
const oldFloor = await startFloor('old floor', 'pool');
const gateway: Subject = {
  server: await startServer('gateway', new URL('../support/gateway.mjs', import.meta.url), {
    DATABASE_URL: gatewayDatabase,
    REDIS_URL: infrastructure.redisUrl,
    GATEWAY_SECRET: SECRET,
    PORT: '0',
  }),
  signIn: signInToGateway,
};
const betterAuth = await startBetterAuth(await infrastructure.database('better_auth', { migrated: false }));
if (betterAuth) report.versions({ 'Better Auth': betterAuth.version });
const subjects = [floor, oldFloor, gateway, ...(betterAuth ? [betterAuth] : [])];

/** The medians of the rounds of each server, which take turns. */
async function measureAll(measured: Subject[], clients: number): Promise<Map<Subject, Round>> {
  const rounds = new Map(measured.map((subject) => [subject, [] as Round[]]));
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [subject, taken] of rounds) taken.push(await measure(subject, clients, infrastructure.postmaster));
  const medianOf = (taken: Round[]) =>
    Object.fromEntries(KEYS.map((key) => [key, median(taken.map((round) => round[key]))])) as unknown as Round;
  return new Map([...rounds].map(([subject, taken]) => [subject, medianOf(taken)]));
}

function print(clients: number, medians: Map<Subject, Round>): void {
  for (const [{ server }, { perSecond, p50, p99, serverMs, postgresMs }] of medians) {
    const ofFloors = [floor, oldFloor].map((one) => perSecond / (medians.get(one)?.perSecond ?? Number.NaN));
    const cells = [
      String(clients).padStart(7),
      server.name.padEnd(11),
      perSecond.toFixed(0).padStart(10),
      p50.toFixed(1).padStart(8),
      p99.toFixed(1).padStart(8),
      serverMs.toFixed(2).padStart(15),
      postgresMs.toFixed(2).padStart(19),
      residentMb(server.process.pid as number)
        .toFixed(0)
        .padStart(8),
      ...ofFloors.map((ratio) => ratio.toFixed(2).padStart(10)),
    ];
    report.print(cells.join('  '));
  }
}

function record(clients: number, medians: Map<Subject, Round>): void {
  const [ours, best, old, peer] = [gateway, floor, oldFloor, betterAuth].map((one) => one && medians.get(one));
  if (!ours || !best || !old) return;
  const at = `at ${clients} clients, gateway to`;
  const higher = { better: 'higher' as const };
  const lower = { better: 'lower' as const };
  report.figure({ name: `sign-ins ${at} floor`, value: ours.perSecond / best.perSecond, ...higher, goal: GOALS.floor });
  report.figure({
    name: `sign-ins ${at} old floor`,
    value: ours.perSecond / old.perSecond,
    ...higher,
    goal: GOALS.oldFloor,
  });
  report.figure({ name: `p99 ${at} floor`, value: ours.p99 / best.p99, ...lower, goal: GOALS.p99 });
  report.figure({
    name: `server CPU ${at} floor`,
    value: ours.serverMs / best.serverMs,
    ...lower,
    goal: GOALS.serverCpu,
  });
  report.figure({
    name: `PostgreSQL CPU ${at} floor`,
    value: ours.postgresMs / best.postgresMs,
    ...lower,
    goal: GOALS.postgresCpu,
  });
  if (!peer) return;
  const ratio = ours.perSecond / peer.perSecond;
  report.print(`gateway to Better Auth at ${clients} clients: ${ratio.toFixed(2)} times the sign-ins`);
  report.figure({ name: `sign-ins ${at} Better Auth`, value: ratio, ...higher, goal: GOALS.peer });
}

try {
  for (const subject of subjects) await measure(subject, 64, infrastructure.postmaster); // warm-up
  report.print(
    'clients  server       sign-ins/s   p50 ms   p99 ms   server CPU ms   PostgreSQL CPU ms   RSS MB   of floor   of old floor',
  );
  for (const clients of CLIENTS) {
    const medians = await measureAll(clients === PEER_CLIENTS ? subjects : [floor, oldFloor, gateway], clients);
    print(clients, medians);
    // One client alone has no goal: the time between two sign-ins of it is that of the client.
    if (clients > 1) record(clients, medians);
  }
  report.save();
} finally {
  for (const { server } of subjects) await server.stop();
  await infrastructure.stop();
}
