import { describe, expect, test } from 'vitest';
import { PERMITTED, PRODUCTION, WEBHOOK_TOKEN, complaint, named } from '../../test/support/config.js';
import { loadConfig } from './config.js';

describe('development mode', () => {
  test.each<Record<string, string>>([
    {},
    { NODE_ENV: 'development' },
    { NODE_ENV: 'test' },
    { NODE_ENV: 'staging' },
    { HOST: '127.0.0.1' },
    { HOST: '127.8.9.10' },
    { HOST: '::1' },
    { HOST: 'localhost' },
    { PUBLIC_URL: 'http://localhost:4000' },
    { PUBLIC_URL: 'http://127.0.0.1:8080/base' },
    { PUBLIC_URL: 'http://[::1]:4000' },
    { TRUSTED_PROXY_HOPS: '0' },
    { ALLOWED_ORIGINS: 'http://localhost:5173,http://127.0.0.1:3000' },
    { APPLICATIONS: 'shop=http://localhost:5173/in,http://[::1]:5173/in;mobile=com.example.app:/signed-in' },
    { DATABASE_URL: 'postgresql://phonegate:invented@localhost:5432/phonegate' },
    { DATABASE_URL: 'postgres://127.0.0.1/phonegate' },
    { DATABASE_URL: 'postgresql://phonegate@[::1]/phonegate' },
    { DATABASE_URL: 'postgresql:///phonegate?host=/var/run/postgresql' },
    { DATABASE_URL: 'postgresql://%2Fvar%2Frun%2Fpostgresql/phonegate' },
    { GREEN_API_ID_INSTANCE: '1' },
    { GREEN_API_ID_INSTANCE: '1', GREEN_API_WEBHOOK_TOKEN: WEBHOOK_TOKEN, GREEN_API_URL: 'http://127.0.0.1:4101' },
    { DATABASE_URL: 'postgresql:///phonegate', PGHOST: '/var/run/postgresql' },
    { PGHOST: 'db.example.com' },
    { DATABASE_URL: 'postgres://localhost/phonegate', PGHOST: 'db.example.com' },
    { REDIS_URL: 'redis://localhost:6379' },
    { GREEN_API_ID_INSTANCE: '1', GREEN_API_TOKEN: 'token', GREEN_API_URL: 'http://127.0.0.1:4101' },
    { KAVENEGAR_API_KEY: 'key', KAVENEGAR_URL: 'http://localhost:4102' },
    { MELIPAYAMAK_CONSOLE_TOKEN: 't', MELIPAYAMAK_BODY_ID: '1', MELIPAYAMAK_CONSOLE_URL: 'http://[::1]:4103' },
  ])('is accepted where no other machine and no real phone can be reached: %j', (env) => {
    expect(complaint(env)).toBe('');
    expect(loadConfig(env)).toMatchObject({ production: false });
  });

  const OTHER_URL = { GREEN_API_URL: 'http://127.0.0.1:4101', MELIPAYAMAK_URL: 'http://127.0.0.1:4103' };
  test.each<[string, Record<string, string>]>([
    ...['0.0.0.0', '::', '192.0.2.1', '2001:db8::1', 'gateway', 'localhost.example.com', '127.0.0.1.example.com'].map(
      (host): [string, Record<string, string>] => ['HOST', { HOST: host }],
    ),
    ['PUBLIC_URL', { PUBLIC_URL: 'https://login.example.com' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'http://localhost.example.com' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'http://localhost@login.example.com' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'http://192.168.0.10:4000' }],
    ['TRUSTED_PROXY_HOPS', { TRUSTED_PROXY_HOPS: '1' }],
    ['ALLOWED_ORIGINS', { ALLOWED_ORIGINS: 'http://localhost:5173, https://app.example.com' }],
    ['APPLICATIONS', { APPLICATIONS: 'shop=http://localhost:5173/in,https://shop.example.com/in' }],
    ['APPLICATIONS', { APPLICATIONS: 'mobile=com.example.app:/in;shop=https://shop.example.com/in' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgresql://phonegate:invented@db/phonegate' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://db.example.com:5432/phonegate?host=/var/run/postgresql' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgresql:///phonegate?host=db.example.com' }],
    ['GREEN_API_TOKEN', { GREEN_API_ID_INSTANCE: '1', GREEN_API_TOKEN: 'token' }],
    ['GREEN_API_TOKEN', { GREEN_API_ID_INSTANCE: '1', GREEN_API_TOKEN: 't', GREEN_API_URL: 'https://1.example.com' }],
    ['GREEN_API_WEBHOOK_TOKEN', { GREEN_API_ID_INSTANCE: '1', GREEN_API_WEBHOOK_TOKEN: WEBHOOK_TOKEN }],
    ['PGHOST', { DATABASE_URL: 'postgresql:///phonegate', PGHOST: 'db.example.com' }],
    ['REDIS_URL', { REDIS_URL: 'rediss://:invented@redis.example.com:6379' }],
    ['REDIS_URL', { REDIS_URL: 'redis://localhost:7000,redis.example.com:7000' }],
    ['REDIS_URL', { REDIS_URL: 'redis+sentinel://sentinel.example.com?name=mymaster' }],
    ['KAVENEGAR_API_KEY', { KAVENEGAR_API_KEY: 'key', ...OTHER_URL }],
    ['MELIPAYAMAK_PASSWORD', { MELIPAYAMAK_USERNAME: 'u', MELIPAYAMAK_PASSWORD: 'p', MELIPAYAMAK_BODY_ID: '1' }],
    ['MELIPAYAMAK_CONSOLE_TOKEN', { MELIPAYAMAK_CONSOLE_TOKEN: 't', MELIPAYAMAK_BODY_ID: '1', ...OTHER_URL }],
  ])('is refused because of %s: %j', (reason, env) => {
    for (const mode of [{}, { NODE_ENV: 'development' }, { NODE_ENV: 'staging' }]) {
      expect(named({ ...env, ...mode })).toEqual(['NODE_ENV']);
      expect(complaint({ ...env, ...mode })).toMatch(
        new RegExp(
          `cannot be in development, because ${reason} [^;]*\\. Set NODE_ENV=production, or remove the reasons`,
        ),
      );
      expect(complaint({ ...env, ...mode, ...PERMITTED })).toBe('');
    }
    expect(complaint({ ...PRODUCTION, ...env })).not.toContain('NODE_ENV');
  });

  test('is refused with every reason at once', () => {
    const env = { HOST: '0.0.0.0', PUBLIC_URL: 'https://login.example.com', KAVENEGAR_API_KEY: 'InventedKey7' };
    expect(complaint(env)).toMatch(/HOST is .*; PUBLIC_URL is .*; KAVENEGAR_API_KEY is /);
    expect(complaint(env)).not.toContain('InventedKey7');
  });
});

describe('NODE_ENV', () => {
  test.each([
    'prod',
    'PROD',
    'Production',
    'PRODUCTION',
    'production ',
    ' production',
    '"production"',
    'produciton',
    'prduction',
    'prod-eu',
    'live',
  ])('of %j is refused even on a machine of its own, and with a permission: it means production', (mode) => {
    for (const around of [{}, PERMITTED]) {
      expect(named({ ...around, NODE_ENV: mode })).toEqual(['NODE_ENV']);
      expect(complaint({ ...around, NODE_ENV: mode })).toContain(
        `exactly that word: ${JSON.stringify(mode)} is another`,
      );
    }
  });

  test('of production makes a permission for development pointless', () => {
    expect(named({ ...PRODUCTION, ...PERMITTED })).toEqual(['ALLOW_UNSAFE_DEVELOPMENT']);
    expect(complaint({ ...PRODUCTION, ALLOW_UNSAFE_DEVELOPMENT: 'off' })).toBe('');
  });
});
