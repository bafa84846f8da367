import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RedisTarget, readRedisUrl } from './redis-url.js';

const read = (url: string): RedisTarget => {
  const target = readRedisUrl(url);
  if ('problem' in target) throw new Error(target.problem);
  return target;
};
const problemOf = (url: string): string | undefined => {
  const target = readRedisUrl(url);
  return 'problem' in target ? target.problem : undefined;
};

describe('REDIS_URL', () => {
  test('of one host is a server, without TLS and with the default port', () => {
    expect(read('redis://redis.internal')).toEqual({
      kind: 'server',
      hosts: [{ host: 'redis.internal', port: 6379 }],
      tls: false,
      username: undefined,
      password: undefined,
      masterName: undefined,
      sentinelUsername: undefined,
      sentinelPassword: undefined,
      family: undefined,
      tlsFiles: { cacert: undefined, cert: undefined, key: undefined },
    });
  });

  test('may have a user, a password, the number of a database, TLS and IPv6', () => {
    expect(read('rediss://phonegate:p%40ss%2F@[::1]:7000/3?family=6&cacert=/ca.pem')).toMatchObject({
      kind: 'server',
      hosts: [{ host: '::1', port: 7000 }],
      tls: true,
      username: 'phonegate',
      password: 'p@ss/',
      family: 6,
      tlsFiles: { cacert: '/ca.pem' },
    });
    expect(read('redis://:only-a-password@redis')).toMatchObject({ username: undefined, password: 'only-a-password' });
    expect(read('redis://:with@sign@redis')).toMatchObject({ password: 'with@sign', hosts: [{ host: 'redis' }] });
  });

  test('names Sentinels with redis+sentinel, and the master', () => {
    expect(read('rediss+sentinel://:secret@s1,s2:5000?name=mymaster&sentinelPassword=other')).toMatchObject({
      kind: 'sentinel',
      hosts: [
        { host: 's1', port: 26_379 },
        { host: 's2', port: 5000 },
      ],
      tls: true,
      password: 'secret',
      masterName: 'mymaster',
      sentinelPassword: 'other',
    });
  });

  test('of several hosts, or with redis+cluster, is a cluster', () => {
    expect(read('redis://a:7000,b:7001,c')).toMatchObject({
      kind: 'cluster',
      hosts: [
        { host: 'a', port: 7000 },
        { host: 'b', port: 7001 },
        { host: 'c', port: 6379 },
      ],
    });
    expect(read('redis+cluster://configuration.endpoint:6379')).toMatchObject({ kind: 'cluster' });
  });

  test.each([
    ['http://redis', /begins with redis:\/\//],
    ['redis+sentinels://redis', /begins with redis:\/\//],
    ['redis://', /such as redis:\/\/user:password@host:6379/],
    ['redis://redis:0', /such as/],
    ['redis://redis:65536', /such as/],
    ['redis://a,,b', /such as/],
    ['redis://:pass/word@redis', /%2F for \//],
    ['redis://:50%off@redis', /%25 for %/],
    ['redis://redis/users', /such as/],
    ['redis+sentinel://s1', /name the master.*\?name=mymaster/],
    ['redis://redis?name=mymaster', /must begin with redis\+sentinel:\/\//],
    ['redis://redis?cacert=/ca.pem', /must begin with rediss:\/\//],
    ['rediss://redis?cert=/client.pem', /both cert and key/],
    ['redis://redis?family=5', /4 or 6/],
    ['redis://redis?mastername=x', /does not know.*name, sentinelUsername/],
  ])('%s is refused with what it must be', (url, problem) => {
    expect(problemOf(url)).toMatch(problem);
  });

  test('is never quoted in a problem', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[Q-Z]{8,20}$/),
        fc.constantFrom('/', '%', '#', ' ', '?', '@x:'),
        (secret, odd) => {
          for (const url of [`redis://:${secret}${odd}${secret}@redis`, `http://:${secret}@r`, `redis://r?${secret}=1`])
            expect(problemOf(url) ?? '').not.toContain(secret);
        },
      ),
    );
  });
});
