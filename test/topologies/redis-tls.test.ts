import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runDoctor } from '../../src/cli/doctor/doctor.js';
import { type Authority, type Certificate, createAuthority } from '../support/certificates.js';
import { SECRET } from '../support/gateway.js';
import { freePort } from '../support/ports.js';
import { cleanUpProcesses } from '../support/process.js';
import { type GatewayPair, bothUp, passOn, startPair } from './support/gateway-pair.js';
import { recordFigure } from './support/record-figure.js';
import { type RedisProcess, startRedisProcess } from './support/redis-process.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** A Redis with TLS on `tlsPort`, and without on its own port. */
async function startTlsRedis({ caFile }: Authority, certificate: Certificate, { authClients = 'no' } = {}) {
  const tlsPort = await freePort();
  const redis = await startRedisProcess({
    lines: [
      `tls-port ${tlsPort}`,
      `tls-cert-file ${certificate.certFile}`,
      `tls-key-file ${certificate.keyFile}`,
      `tls-ca-cert-file ${caFile}`,
      `tls-auth-clients ${authClients}`,
    ],
  });
  return { ...redis, tlsPort };
}

const doctor = async (redisUrl: string) => {
  const findings = await runDoctor({ env: { REDIS_URL: redisUrl, GATEWAY_SECRET: SECRET } });
  return findings.filter(({ about }) => about === 'redis');
};
const problem = (reason: RegExp, advice: RegExp) => [
  {
    about: 'redis',
    level: 'problem',
    message: expect.stringMatching(reason),
    advice: expect.stringMatching(advice),
  },
];

describe('Redis with TLS', () => {
  const all: RedisProcess[] = [];
  let authority: Authority;
  let client: Certificate;
  let plain: Awaited<ReturnType<typeof startTlsRedis>>;
  let strict: Awaited<ReturnType<typeof startTlsRedis>>;
  let pair: GatewayPair | undefined;

  beforeAll(async () => {
    authority = createAuthority();
    client = authority.issue('DNS:gateway');
    const server = authority.issue('IP:127.0.0.1');
    [plain, strict] = await Promise.all([
      startTlsRedis(authority, server),
      startTlsRedis(authority, server, { authClients: 'yes' }),
    ]);
    all.push(plain, strict);
  });
  afterAll(async () => {
    await pair?.stop();
    for (const redis of all) await redis.kill();
    await cleanUpProcesses();
  });

  test('and certificates of clients passes changes from one instance to the other', async (context) => {
    const files = `cacert=${authority.caFile}&cert=${client.certFile}&key=${client.keyFile}`;
    const url = `rediss://127.0.0.1:${strict.tlsPort}?${files}`;
    pair = await startPair([url, url]);
    await bothUp(pair);
    const ms = await passOn(pair);
    recordFigure(context, 'change', `${Math.round(ms)} ms`);
    expect(ms).toBeLessThan(2_000);
    expect(await doctor(url)).toEqual([{ about: 'redis', level: 'ok', message: 'answers' }]);
  });

  test('the doctor says what is wrong', async () => {
    const [elsewhere, expired] = await Promise.all([
      startTlsRedis(authority, authority.issue('DNS:redis.example.com')),
      startTlsRedis(authority, authority.issue('IP:127.0.0.1', -1)),
    ]);
    all.push(elsewhere, expired);
    const ca = `cacert=${authority.caFile}`;
    const at = (port: number, query = '') => `rediss://127.0.0.1:${port}${query}`;
    const [untrusted, wrongHost, tooOld, noCertificate, tlsToPlain, plainToTls, noFile] = await Promise.all([
      doctor(at(plain.tlsPort)),
      doctor(at(elsewhere.tlsPort, `?${ca}`)),
      doctor(at(expired.tlsPort, `?${ca}`)),
      doctor(at(strict.tlsPort, `?${ca}`)),
      doctor(at(plain.port, `?${ca}`)),
      doctor(`redis://127.0.0.1:${plain.tlsPort}`),
      doctor(at(plain.tlsPort, `?cacert=${authority.caFile}.missing`)),
    ]);
    expect(untrusted).toEqual(problem(/\((SELF_SIGNED|UNABLE_TO|DEPTH_ZERO)\w+\)$/, /\?cacert=.*NODE_EXTRA_CA_CERTS/));
    expect(wrongHost).toEqual(problem(/\(ERR_TLS_CERT_ALTNAME_INVALID\)$/, /host in REDIS_URL that the certificate/));
    expect(tooOld).toEqual(problem(/\(CERT_HAS_EXPIRED\)$/, /renew/));
    expect(noCertificate).toEqual(problem(/\(ERR_SSL_\w+\)$/, /\?cert= and &key=/));
    expect(tlsToPlain).toEqual(problem(/\(\w+\)$/, /does not use TLS,? .*redis:\/\//));
    expect(plainToTls).toEqual(problem(/\((CLOSED|ECONNRESET)\)$/, /write rediss:\/\//));
    expect(noFile).toEqual(problem(/file of cacert cannot be read \(ENOENT\)$/, /path/));
  });
});
