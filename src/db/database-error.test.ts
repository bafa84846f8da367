import { describe, expect, test } from 'vitest';
import { describeDatabaseError } from './database-error.js';

const withCode = (code: string, message = 'it says so') => Object.assign(new Error(message), { code });

describe('why a database cannot be used, and what to do', () => {
  test.each([
    ['28P01', /password is not right/],
    ['3D000', /create it first/],
    ['42501', /may not .*tables/],
    ['P3005', /database of its own/],
    ['P3009', /_prisma_migrations/],
    ['P3018', /_prisma_migrations/],
    ['ECONNREFUSED', /PostgreSQL runs there/],
    ['53300', /PostgreSQL runs there/],
  ])('%s', (code, advice) => {
    expect(describeDatabaseError(withCode(code))).toEqual({ why: code, advice: expect.stringMatching(advice) });
  });

  test('the code is told, and not the words, which hold names', () => {
    const { why, advice } = describeDatabaseError(withCode('28P01', 'password authentication failed for user "anna"'));
    expect(`${why} ${advice}`).not.toContain('anna');
  });

  test('without a code it is the first line of the message', () => {
    expect(describeDatabaseError(new Error('timeout expired\n  at somewhere'))).toEqual({
      why: 'timeout expired',
      advice: expect.stringMatching(/PostgreSQL runs there/),
    });
  });

  test('localhost, where neither address answers', () => {
    const error = Object.assign(new AggregateError([withCode('ECONNREFUSED'), withCode('ECONNREFUSED')]), {
      code: 'ECONNREFUSED',
    });
    expect(describeDatabaseError(error).why).toBe('ECONNREFUSED');
  });

  // 28000 is also what a server says that takes TLS only: there the password is not to blame.
  test('a server that does not let us in from here', () => {
    const message = 'no pg_hba.conf entry for host "192.0.2.1", user "anna", database "phonegate", no encryption';
    const { why, advice } = describeDatabaseError(withCode('28000', message));
    expect(why).toBe('28000');
    expect(advice).toMatch(/TLS|sslmode|pg_hba/);
    expect(advice).not.toContain('anna');
  });

  test('every advice is a clause that goes on after a colon', () => {
    for (const code of ['28P01', '3D000', '42501', 'P3005', 'P3009', 'ECONNREFUSED'])
      expect(describeDatabaseError(withCode(code)).advice).toMatch(/^[a-z].*[^.]$/);
  });
});
