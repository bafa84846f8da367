import { createHmac } from 'node:crypto';
import type { Keys } from '../../config/keys.js';
import { type InputsOf, array, bytea, int4 } from '../../db/types.js';
import type { CodeSource } from '../attempts/attempt-mac.js';
import { deriveCodes } from './code.js';

/** The parameters of `hashOfLength`. */
export const CODE_HASH_PARAMETERS = { codeLengths: array(int4), codeHashes: array(bytea) };

/** SQL: of `hashesOfCode`, the one for a code of this length; null where there is none. */
export const hashOfLength = (length: string) =>
  `(:codeHashes::bytea[])[array_position(:codeLengths::int[], ${length})]`;

/**
 * By this hash, the statement that accepts a code recognizes it (docs/decisions/0054). It needs no value of the row, so a
 * submitted code is hashed before the row is read. The key is used for nothing else. Without the key, nobody can find out
 * from which of the million codes a hash was made.
 *
 * @param code as `readCode` returns it
 */
export const hashCode = ({ attemptId, code }: { attemptId: string; code: string }, key: Buffer): Buffer =>
  createHmac('sha256', key).update(`${attemptId}\n${code}`).digest();

/** The hashes of the code of a new attempt, one for each length, because the opening statement decides how long the code is. */
export function hashesOfCode(
  attempt: CodeSource,
  codeLengths: number[],
  keys: Pick<Keys, 'code' | 'codeHash'>,
): InputsOf<typeof CODE_HASH_PARAMETERS> {
  const { attemptId } = attempt;
  const codes = deriveCodes(attempt, codeLengths, keys.code);
  return { codeLengths, codeHashes: codes.map((code) => hashCode({ attemptId, code }, keys.codeHash)) };
}
