// `npm run programs`: installs the missing programs among those that tests start. Redis, nginx, Caddy, Python and Chromium come from packages of Debian
// and Ubuntu, which takes root. `npm test` does this where a program is missing. `npm run programs -- --topologies` installs those of
// `npm run test:topologies` too.
import '../bin/require-node.mjs';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_24 = fileURLToPath(new URL('../test/start/node-24', import.meta.url));
const OLD_NODES = fileURLToPath(new URL('../test/start/old-nodes', import.meta.url));
export const OLD_MAJORS = [14, 18, 20];
const succeeds = (program, ...args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;
const anyOf = (programs, ...args) => programs.some((program) => succeeds(program, ...args));

/** What tests start. `packages` are those of Debian. */
const PROGRAMS = [
  {
    name: 'Redis',
    packages: ['redis-server'],
    isThere: () => Boolean(process.env.REDIS_URL) || succeeds('redis-server', '--version'),
  },
  // Often not on the path of an ordinary account.
  { name: 'nginx', packages: ['nginx'], isThere: () => anyOf(['nginx', '/usr/sbin/nginx'], '-v') },
  { name: 'Caddy', packages: ['caddy'], isThere: () => succeeds('caddy', 'version') },
  {
    name: 'Python with PyJWT and cryptography',
    packages: ['python3-jwt', 'python3-cryptography'],
    isThere: () => anyOf(['python3', '/usr/bin/python3'], '-c', 'import jwt, cryptography'),
  },
  { name: 'OpenSSL', packages: ['openssl'], isThere: () => succeeds('openssl', 'version') },
  {
    name: 'Chromium',
    packages: ['chromium-headless-shell', 'fonts-noto-core'],
    isThere: () => anyOf(['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'], '--version'),
  },
  {
    name: 'Node.js 24',
    install: () => run('npm', ['ci', '--prefix', NODE_24]),
    isThere: () => findNode24() !== undefined,
  },
  {
    name: 'Node.js 14, 18 and 20.18',
    install: () => run('npm', ['ci', '--prefix', OLD_NODES]),
    isThere: () => OLD_MAJORS.every((major) => existsSync(oldNode(major))),
  },
];

const POSTGRES_VERSIONS = fileURLToPath(new URL('../test/topologies/postgres-versions', import.meta.url));
export const POSTGRES_MAJORS = [14, 15, 16, 17];

/** The folder of the programs of an earlier PostgreSQL, as it was installed for the tests. */
export function oldPostgres(major) {
  return join(POSTGRES_VERSIONS, 'node_modules', `${major}-${process.platform}-${process.arch}`, 'native');
}

/** What only the tests of test/topologies start. */
export const TOPOLOGY_PROGRAMS = [
  {
    name: 'PostgreSQL 14 to 17',
    install: () => run('npm', ['ci', '--prefix', POSTGRES_VERSIONS]),
    isThere: () => POSTGRES_MAJORS.every((major) => existsSync(oldPostgres(major))),
  },
  {
    name: 'PgBouncer',
    packages: ['pgbouncer'],
    isThere: () => anyOf(['pgbouncer', '/usr/sbin/pgbouncer'], '--version'),
  },
  { name: 'OpenSSL', packages: ['openssl'], isThere: () => succeeds('openssl', 'version') },
  { name: 'haproxy', packages: ['haproxy'], isThere: () => anyOf(['haproxy', '/usr/sbin/haproxy'], '-v') },
];

/** A version of Node.js that is too old for the gateway, as it was installed for the tests. */
export function oldNode(major) {
  return join(OLD_NODES, 'node_modules', `${major}-${process.platform}-${process.arch}`, 'bin/node');
}

/** A Node.js 24: the running one, the one that NODE_24 names, or the one that was installed for the tests. */
export function findNode24() {
  if (process.versions.node.startsWith('24.')) return process.execPath;
  if (process.env.NODE_24) return process.env.NODE_24;
  const modules = join(NODE_24, 'node_modules');
  const packages = existsSync(modules) ? readdirSync(modules) : [];
  return packages.map((name) => join(modules, name, 'bin/node')).find((program) => existsSync(program));
}

export const missingPrograms = (programs = PROGRAMS) => programs.filter(({ isThere }) => !isThere());

/**
 * Installs missing programs if possible. Prints one line that says what it installs, or what you must install yourself.
 */
export function installPrograms(programs) {
  const names = programs.map(({ name }) => name).join(', ');
  const packages = programs.flatMap((program) => program.packages ?? []);
  const installsPackages = process.getuid?.() === 0 && succeeds('apt-get', '--version');
  console.log(
    packages.length === 0 || installsPackages
      ? `Installing programs that the tests need: ${names}.`
      : `Missing programs that the tests need: ${names}. Install ${packages.join(', ')} (as they are called on Debian) yourself.`,
  );
  for (const { install } of programs) install?.();
  if (packages.length > 0 && installsPackages) installPackages(packages);
}

function installPackages(packages) {
  // A Debian package asks this file whether it may start its service; 101 means no.
  const policy = '/usr/sbin/policy-rc.d';
  const isOurs = !existsSync(policy);
  if (isOurs) writeFileSync(policy, '#!/bin/sh\nexit 101\n');
  if (isOurs) chmodSync(policy, 0o755);
  try {
    run('apt-get', ['update']);
    // One by one, so that an unavailable package does not prevent the others.
    for (const name of packages) run('apt-get', ['install', '-y', '--no-install-recommends', name]);
  } finally {
    if (isOurs) rmSync(policy);
  }
}

function run(program, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'], env });
  if (status !== 0) console.error(`Failed: ${program} ${args.join(' ')}${error ? ` (${error.message})` : ''}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const programs = process.argv.includes('--topologies') ? [...PROGRAMS, ...TOPOLOGY_PROGRAMS] : PROGRAMS;
  const missing = missingPrograms(programs);
  if (missing.length === 0) console.log('All programs that the tests need are installed.');
  else installPrograms(missing);
  process.exitCode = missingPrograms(programs).length === 0 ? 0 : 1;
}
