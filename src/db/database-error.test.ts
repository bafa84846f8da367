import { describe, expect, test } from 'vitest';
import { describeDatabaseError } from './database-error.js';

const withCode = (code: string, message = 'it says so') => Object.assign(new Error(message), { code });

describe('describeDatabaseError', () => {
  test.each([
    ['28P01', /password is wrong/],
    ['3D000', /create it first/],
    ['42501', /right to create and read tables/],
    ['P3005', /separate database for Phonegate/],
    ['P3009', /_prisma_migrations/],
    ['P3018', /_prisma_migrations/],
    ['ECONNREFUSED', /PostgreSQL runs there/],
    ['57014', /DIRECT_DATABASE_URL/],
    ['53300', /max_connections.*DATABASE_POOL_SIZE/],
    ['57P03', /starts, stops or recovers/],
    ['53100', /disk of the server is full/],
    ['55P03', /another transaction holds a lock/],
  ])('gives advice for %s', (code, advice) => {
    expect(describeDatabaseError(withCode(code))).toEqual({ why: code, advice: expect.stringMatching(advice) });
  });

  test('shows the error code and not the message, which may contain names', () => {
    const { why, advice } = describeDatabaseError(withCode('28P01', 'password authentication failed for user "anna"'));
    expect(`${why} ${advice}`).not.toContain('anna');
  });

  test('shows the first line of the message when there is no code', () => {
    expect(describeDatabaseError(new Error('timeout expired\n  at somewhere'))).toEqual({
      why: 'timeout expired',
      advice: expect.stringMatching(/PostgreSQL runs there/),
    });
  });

  test.each([
    ["Prisma's schema engine has failed: index out of bounds", /fault of the program that applies migrations/],
    ['something else', /Appendix A/],
  ])('does not say that PostgreSQL does not run when that is not known: %s', (message, advice) => {
    expect(describeDatabaseError(new Error(message)).advice).toMatch(advice);
    expect(describeDatabaseError(new Error(message)).advice).not.toContain('runs there');
  });

  test('names the migration that failed', () => {
    const error = Object.assign(withCode('42701'), { migration: '20261129150000_whatsapp_number' });
    expect(describeDatabaseError(error)).toEqual({
      why: '42701 in the migration 20261129150000_whatsapp_number',
      advice: expect.stringMatching(/undone.*_prisma_migrations/),
    });
  });

  test('shows the code of an AggregateError, as for localhost when neither IPv4 nor IPv6 answers', () => {
    const error = Object.assign(new AggregateError([withCode('ECONNREFUSED'), withCode('ECONNREFUSED')]), {
      code: 'ECONNREFUSED',
    });
    expect(describeDatabaseError(error).why).toBe('ECONNREFUSED');
  });

  test('distinguishes an unknown option from a role that does not exist', () => {
    const { advice } = describeDatabaseError(withCode('42704', 'unrecognized configuration parameter "x"'));
    expect(advice).toContain('?options=');
  });

  // A server that accepts TLS only also answers 28000: then the password is not the cause.
  test('distinguishes a missing pg_hba.conf entry from a wrong password', () => {
    const message = 'no pg_hba.conf entry for host "192.0.2.1", user "anna", database "phonegate", no encryption';
    const { why, advice } = describeDatabaseError(withCode('28000', message));
    expect(why).toBe('28000');
    expect(advice).toMatch(/TLS|sslmode|pg_hba/);
    expect(advice).not.toContain('anna');
  });

  test('gives every advice as a clause that can follow a colon', () => {
    for (const code of ['28P01', '3D000', '42501', 'P3005', 'P3009', 'ECONNREFUSED'])
      expect(describeDatabaseError(withCode(code)).advice).toMatch(/^[a-z].*[^.]$/);
  });
});
