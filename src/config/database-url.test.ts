import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { findDatabaseUrlProblem, readDatabaseUrl, userOf } from './database-url.js';

/** The servers of a URL, and what node-postgres makes of the rest. */
function read(text: string) {
  expect(findDatabaseUrlProblem(text)).toBeUndefined();
  const { servers, url, ...rest } = readDatabaseUrl(text);
  const { host, port, user, password, database } = new pg.Client({ connectionString: url });
  return { ...rest, servers, host, port, user, password, database };
}

describe('a URL of a database', () => {
  test('names one host', () => {
    expect(read('postgresql://anna:s%40crt@db.internal:5433/phonegate?application_name=x')).toMatchObject({
      servers: [{ host: 'db.internal', port: 5433 }],
      host: 'db.internal',
      port: 5433,
      user: 'anna',
      password: 's@crt',
      database: 'phonegate',
      schema: undefined,
      isPooled: false,
    });
  });

  test('names several hosts, each with its port or the usual one', () => {
    expect(read('postgres://anna:secret@h1:6432,[::1]:6433,h3/db?target_session_attrs=read-write')).toMatchObject({
      servers: [
        { host: 'h1', port: 6432 },
        { host: '::1', port: 6433 },
        { host: 'h3', port: 5432 },
      ],
      host: 'h1',
      port: 6432,
      user: 'anna',
      password: 'secret',
      database: 'db',
    });
  });

  // Each connection went to the port of the first host.
  test('leaves the ports to node-postgres when no host names one, and never gives a host the port of another', () => {
    expect(read('postgres://u@h1,h2/db').servers).toEqual([
      { host: 'h1', port: undefined },
      { host: 'h2', port: undefined },
    ]);
    expect(read('postgres://u@h1,h2:6433/db').servers[0]).toEqual({ host: 'h1', port: 5432 });
  });

  test('names hosts and ports as parameters, with one port for all or one for each', () => {
    expect(read('postgres://u@/db?host=h1,h2&port=6432').servers).toEqual([
      { host: 'h1', port: 6432 },
      { host: 'h2', port: 6432 },
    ]);
    expect(read('postgres:///db?host=h1,h2&port=6432,6433').servers[1]).toEqual({ host: 'h2', port: 6433 });
  });

  test('names the folder of a Unix socket', () => {
    for (const text of ['postgres://u:p@/db?host=/run/postgresql', 'postgres://u:p@%2Frun%2Fpostgresql/db'])
      expect(read(text)).toMatchObject({
        host: '/run/postgresql',
        port: 5432,
        user: 'u',
        password: 'p',
        database: 'db',
      });
  });

  test('names a schema, options and a pooler, which node-postgres does not understand', () => {
    expect(read('postgres://u@h/db?schema=auth&options=-c%20jit%3Doff&pgbouncer=true')).toMatchObject({
      schema: 'auth',
      options: '-c jit=off',
      isPooled: true,
    });
  });

  test('verifies the certificate with every sslmode that encrypts', () => {
    for (const mode of ['require', 'verify-ca', 'verify-full', 'x&sslrootcert=system'])
      expect(readDatabaseUrl(`postgres://u@h/db?sslmode=${mode}`).url).toMatch(/\?sslmode=verify-full&host=h$/);
    expect(readDatabaseUrl('postgres://u@h/db?sslmode=no-verify').url).toContain('sslmode=no-verify');
  });

  test.each([
    ['mysql://u@h/db', /begins with postgres:\/\//],
    ['postgres://u:a/b@h/db', /write each of @ : \/ \? # %/],
    ['postgres://u@h:port/db', /cannot be read/],
    ['postgres://u@h:70000/db', /cannot be read/],
    ['postgres://u@/db?host=h&port=x', /port that is not a number/],
    ['postgres://u@/db?host=a,b,c&port=1,2', /as many ports as hosts/],
    ['postgres://u@h,i/db?target_session_attrs=prefer-standby', /has to write/],
    ['postgres://u@h/db?schema=a"b', /schema whose name/],
    ['postgres://u@h/db?sslmode=allow', /sslmode=allow, with which anybody between could turn TLS off/],
    ['postgres://u@h/db?sslmode=prefer', /sslmode=prefer, .*verify-full/],
    ['postgres://u@h/db?sslmode=bogus', /an sslmode that is not disable/],
    ['postgres://u@h/db?ssl=false', /another value than 1 or 0/],
    ['postgres://u@h/db?hostaddr=192.0.2.1', /the parameter hostaddr, which is not supported/],
  ])('that cannot be used is refused by its reason: %s', (text, problem) => {
    expect(findDatabaseUrlProblem(text)).toMatch(problem);
  });

  test('names its user', () => {
    expect(userOf('postgres://an%20na:x@h,i/db')).toBe('an na');
    expect(userOf('postgres://h/db?user=anna')).toBe('anna');
    expect(userOf('postgres://h/db')).toBeUndefined();
  });
});
