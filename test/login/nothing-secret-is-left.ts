import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type LoginGateways, signIn } from './gateways.js';

/** Six digits within a hash or an ID occur by chance, so only a separate number counts as a code. */
const containsCode = (text: string) => (code: string) =>
  new RegExp(`(?<![0-9A-Za-z_-])${code}(?![0-9A-Za-z_-])`).test(text);

/**
 * Registers tests that search the log and the database of a file's tests for codes, secrets, tokens and phones. Call it
 * at the end of the file.
 */
export function testNothingSecretIsLeft(login: LoginGateways): void {
  const codes = () => [
    ...new Set(
      login.all.flatMap(({ log }) =>
        log
          .filter((line) => line.event === 'console.message' && line['code'] !== '') // a notification has no code
          .map((line) => String(line['code'])),
      ),
    ),
  ];

  describe('after all of the above', () => {
    test('no log line but the console message contains a code, a secret, a token or a whole phone', async () => {
      await signIn(login.gateway());
      const text = login.all
        .flatMap(({ log }) => log)
        .filter(({ event }) => event !== 'console.message')
        .map((line) => JSON.stringify(line))
        .join('\n');
      const phones = await login.database.query<{ phone: string }>(
        'SELECT DISTINCT phone FROM login_attempts WHERE phone IS NOT NULL',
      );
      expect(Math.min(codes().length, login.handedOut.size, phones.length)).toBeGreaterThan(0);
      expect(text).toContain('otp.verified');
      expect(codes().filter(containsCode(text))).toEqual([]);
      expect([...login.handedOut].filter((value) => text.includes(value))).toEqual([]);
      // National spellings too: the last nine digits are enough to call.
      expect(phones.filter(({ phone }) => text.includes(phone.slice(-9)))).toEqual([]);
    });

    test('no row of any table contains a code, a secret or a token, plain or as hexadecimal', async () => {
      await signIn(login.gateway());
      const tables = await login.database.query<{ name: string }>(
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
      );
      const rows = await Promise.all(
        tables.map(({ name }) => login.database.query<{ row: string }>(`SELECT t::text AS row FROM "${name}" t`)),
      );
      const text = rows
        .flat()
        .map(({ row }) => row)
        .join('\n');
      expect(text).toContain('CLAIMED');
      const hex = (value: string) => Buffer.from(value).toString('hex');
      const hash = (value: string) => createHash('sha256').update(value).digest('hex');
      const bytes = (value: string) => Buffer.from(value, 'base64url').toString('hex');
      expect(codes().filter(containsCode(text))).toEqual([]);
      expect(codes().filter((code) => text.includes(hex(code)) || text.includes(hash(code)))).toEqual([]);
      expect(
        [...login.handedOut].filter(
          (value) => text.includes(value) || text.includes(hex(value)) || text.includes(bytes(value)),
        ),
      ).toEqual([]);
      // The search works: it finds a hash that must be stored.
      expect([...login.handedOut].some((value) => text.includes(hash(value)))).toBe(true);
    });
  });
}
