import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { freePort } from '../support/ports.js';
import { PROJECT, makeFolder } from '../support/process.js';

interface Service {
  image?: string;
  build?: string;
  user?: string;
  read_only?: boolean;
  tmpfs?: string[];
  cap_drop?: string[];
  cap_add?: string[];
  privileged?: boolean;
  security_opt?: string[];
  ports?: string[];
  environment?: Record<string, string>;
  command?: string[];
}

const read = (file: string) => readFileSync(join(PROJECT, file), 'utf8');
const { services } = parse(read('docker-compose.yml'), { merge: true }) as { services: Record<string, Service> };
const SERVICES = Object.entries(services);
const DIGEST = /^[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}$/;

describe('in docker-compose.yml', () => {
  test.each(SERVICES)('%s has a read-only root, no capabilities and cannot gain privileges', (_, service) => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(service.cap_add).toBeUndefined();
    expect(service.privileged).toBeUndefined();
    expect(service.tmpfs?.length).toBeGreaterThan(0);
  });

  test.each(SERVICES.filter(([, { image }]) => image))(
    'the image of %s is pinned by digest, and does not run as root',
    (_, service) => {
      expect(service.image).toMatch(DIGEST);
      expect(service.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    },
  );

  test('ports are published on the machine itself only', () => {
    const ports = SERVICES.flatMap(([, { ports: published = [] }]) => published);
    expect(ports.length).toBeGreaterThan(0);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test('Redis and PostgreSQL have no default password, and the gateways send it', () => {
    const gateways = SERVICES.filter(([, { build }]) => build);
    expect(gateways.length).toBeGreaterThan(1);
    for (const [, { environment }] of gateways) {
      expect(environment?.['REDIS_URL']).toMatch(/^redis:\/\/:\$\{REDIS_PASSWORD:\?[^}]+\}@redis:6379$/);
      expect(environment?.['DATABASE_URL']).toMatch(
        /^postgresql:\/\/phonegate:\$\{POSTGRES_PASSWORD:\?[^}]+\}@postgres:5432\/phonegate$/,
      );
    }
    expect(services['redis']?.environment?.['REDISCLI_AUTH']).toMatch(/^\$\{REDIS_PASSWORD:\?[^}]+\}$/);
    expect(services['postgres']?.environment?.['POSTGRES_PASSWORD']).toMatch(/^\$\{POSTGRES_PASSWORD:\?[^}]+\}$/);
  });

  test.each(['docker-compose.yml', 'docs/operations/docker.md'])(
    'every variable without a default is made by a line of %s',
    (file) => {
      const compose = read('docker-compose.yml');
      const required = new Set([...compose.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name));
      const made = [...read(file).matchAll(/echo "(\w+)=\$\(openssl rand [^)]+\)" >> \.env$/gm)].map(
        ([, name]) => name,
      );
      expect(required.size).toBe(3);
      expect(new Set(made)).toEqual(required);
    },
  );

  test('the command of Redis starts a Redis that requires the password', async ({ onTestFinished }) => {
    const port = await freePort();
    const [shell = '', ...args] = services['redis']?.command ?? [];
    const command = args.map((arg) =>
      arg.replaceAll('$$', () => '$').replace(String.raw`appendonly no\n`, String.raw`appendonly no\nport ${port}\n`),
    );
    const child = spawn(shell, command, {
      cwd: makeFolder(),
      env: { PATH: process.env['PATH'], REDISCLI_AUTH: 'aPasswordOfHexDigits' },
      stdio: 'ignore',
    });
    const exited = once(child, 'exit');
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await exited;
    });
    const withPassword = new Redis(`redis://:aPasswordOfHexDigits@127.0.0.1:${port}`);
    withPassword.on('error', () => {}); // it has not started yet
    expect(await withPassword.ping()).toBe('PONG');
    expect(await withPassword.config('GET', 'save')).toEqual(['save', '']);
    await withPassword.shutdown('NOSAVE').catch(() => {});
    withPassword.disconnect();
  });
});

describe('the Dockerfile', () => {
  const lines = read('Dockerfile').split('\n');

  test('builds every stage on one base image, pinned by digest', () => {
    const [, image = ''] = /^ARG NODE_IMAGE=(.+)$/m.exec(lines.join('\n')) ?? [];
    expect(image).toMatch(DIGEST);
    const bases = lines.filter((line) => line.startsWith('FROM ')).map((line) => line.split(' ')[1]);
    expect(bases.length).toBeGreaterThan(2);
    expect(new Set(bases)).toEqual(new Set(['${NODE_IMAGE}']));
  });

  test('runs the gateway as an ordinary account', () => {
    const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
    expect(last.filter((line) => line.startsWith('USER '))).toEqual(['USER node']);
    expect(last.indexOf('USER node')).toBeLessThan(last.findIndex((line) => line.startsWith('CMD ')));
  });
});
