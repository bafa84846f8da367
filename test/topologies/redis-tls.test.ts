import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runDoctor } from '../../src/cli/doctor/doctor.js';
import { SECRET } from '../support/gateway.js';
import { freePort } from '../support/ports.js';
import { cleanUpProcesses, makeFolder } from '../support/process.js';
import { type GatewayPair, bothUp, passOn, startPair } from './support/gateway-pair.js';
import { recordFigure } from './support/record-figure.js';
import { type RedisProcess, startRedisProcess } from './support/redis-process.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const folder = makeFolder();
const file = (name: string) => join(folder, name);

function openssl(...args: string[]): void {
  const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

/** An authority of our own, as companies have. */
function createAuthority(): void {
  openssl(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-subj',
    '/CN=authority',
    '-days',
    '2',
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.pem'),
  );
}

/** A certificate for a host, with its key. */
function createCertificate(name: string, { host, days }: { host: string; days: number }): void {
  openssl(
    'req',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    file(`${name}.key`),
    '-out',
    file(`${name}.csr`),
  );
  writeFileSync(file(`${name}.ext`), `subjectAltName=${host}\n`);
  // A negative number of days makes one that has expired.
  openssl(
    'x509',
    '-req',
    '-in',
    file(`${name}.csr`),
    '-CA',
    file('ca.pem'),
    '-CAkey',
    file('ca.key'),
    '-CAcreateserial',
    '-days',
    `${days}`,
    '-extfile',
    file(`${name}.ext`),
    '-out',
    file(`${name}.pem`),
  );
}

/** A Redis with TLS on `tlsPort`, and without on its own port. */
async function startTlsRedis(certificate: string, { authClients = 'no' } = {}) {
  const tlsPort = await freePort();
  const redis = await startRedisProcess({
    lines: [
      `tls-port ${tlsPort}`,
      `tls-cert-file ${file(`${certificate}.pem`)}`,
      `tls-key-file ${file(`${certificate}.key`)}`,
      `tls-ca-cert-file ${file('ca.pem')}`,
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
  let plain: Awaited<ReturnType<typeof startTlsRedis>>;
  let strict: Awaited<ReturnType<typeof startTlsRedis>>;
  let pair: GatewayPair | undefined;

  beforeAll(async () => {
    createAuthority();
    createCertificate('server', { host: 'IP:127.0.0.1', days: 2 });
    createCertificate('client', { host: 'DNS:gateway', days: 2 });
    [plain, strict] = await Promise.all([startTlsRedis('server'), startTlsRedis('server', { authClients: 'yes' })]);
    all.push(plain, strict);
  });
  afterAll(async () => {
    await pair?.stop();
    for (const redis of all) await redis.kill();
    await cleanUpProcesses();
  });

  test('and certificates of clients passes changes from one instance to the other', async (context) => {
    const files = `cacert=${file('ca.pem')}&cert=${file('client.pem')}&key=${file('client.key')}`;
    const url = `rediss://127.0.0.1:${strict.tlsPort}?${files}`;
    pair = await startPair([url, url]);
    await bothUp(pair);
    const ms = await passOn(pair);
    recordFigure(context, 'change', `${Math.round(ms)} ms`);
    expect(ms).toBeLessThan(2_000);
    expect(await doctor(url)).toEqual([{ about: 'redis', level: 'ok', message: 'answers' }]);
  });

  test('the doctor says what is wrong', async () => {
    createCertificate('elsewhere', { host: 'DNS:redis.example.com', days: 2 });
    createCertificate('expired', { host: 'IP:127.0.0.1', days: -1 });
    const [elsewhere, expired] = await Promise.all([startTlsRedis('elsewhere'), startTlsRedis('expired')]);
    all.push(elsewhere, expired);
    const ca = `cacert=${file('ca.pem')}`;
    const at = (port: number, query = '') => `rediss://127.0.0.1:${port}${query}`;
    const [untrusted, wrongHost, tooOld, noCertificate, tlsToPlain, plainToTls, noFile] = await Promise.all([
      doctor(at(plain.tlsPort)),
      doctor(at(elsewhere.tlsPort, `?${ca}`)),
      doctor(at(expired.tlsPort, `?${ca}`)),
      doctor(at(strict.tlsPort, `?${ca}`)),
      doctor(at(plain.port, `?${ca}`)),
      doctor(`redis://127.0.0.1:${plain.tlsPort}`),
      doctor(at(plain.tlsPort, `?cacert=${file('missing.pem')}`)),
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
