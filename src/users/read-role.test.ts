import { describe, expect, test } from 'vitest';
import { readRole } from './read-role.js';

const INVALID = expect.objectContaining({ code: 'INVALID_INPUT', field: 'role' });

describe('readRole', () => {
  const ROLES = ['USER', 'MANAGER', 'ADMIN'];
  test.each(['USER', 'manager', ' Admin '])(
    'reads the configured role %j in any case and with spaces around it',
    (text) => expect(readRole(text, ROLES)).toBe(text.trim().toUpperCase()),
  );
  test.each(['', 'ROOT', 'USER,ADMIN', 'USERS'])('refuses %j', (text) =>
    expect(() => readRole(text, ROLES)).toThrow(INVALID),
  );
});
