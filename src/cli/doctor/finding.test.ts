import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ok, printFinding, problem, warning } from './finding.js';

describe('printFinding', () => {
  test('prints the level, the subject, the message and the advice', () => {
    expect(printFinding(ok('redis', 'answers'))).toMatch(/^ok\s+redis\s+answers$/);
    expect(printFinding(warning('redis', 'REDIS_URL is not set', 'Set it'))).toMatch(
      /^WARNING\s+redis\s+REDIS_URL is not set\. Set it$/,
    );
    expect(printFinding(problem('route KZ', 'no channel', 'Configure one'))).toMatch(
      /^PROBLEM\s+route KZ\s+no channel\. Configure one$/,
    );
  });

  test('aligns the messages of all levels in one column', () => {
    const lines = [ok('redis', 'x'), warning('migrations', 'x', 'y'), problem('configuration', 'x', 'y')].map(
      printFinding,
    );
    expect(new Set(lines.map((line) => line.lastIndexOf('x'))).size).toBe(1);
  });

  // Messages quote values of the environment and settings of providers.
  test('prints one line also where the message quotes line breaks', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\r', '\u2028', '"') }), (quoted) => {
        expect(printFinding(problem('configuration', `"${quoted}" is not a channel`, quoted))).not.toMatch(
          /[\n\r\u2028]/,
        );
      }),
    );
  });
});
