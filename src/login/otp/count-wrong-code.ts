import { statement } from '../../db/statement.js';
import { int2, int4, uuid } from '../../db/types.js';
import { DomainError } from '../../domain-error.js';
import { GUESS_PARAMETERS, countWrongGuess } from '../../guard/guesses/count-wrong-guess.js';
import type { LoginDeps } from '../create-login.js';

/** A wrong code. After `triesLeft` more wrong codes the attempt is closed. */
export class IncorrectCode extends DomainError {
  readonly triesLeft: number;

  constructor(triesLeft: number) {
    super('INCORRECT_CODE');
    this.triesLeft = triesLeft;
  }
}

/**
 * Counts a wrong code for the attempt and for its phone, client and networks, and closes the attempt at the last try.
 * Concurrent requests are counted one after another, because each locks the attempt.
 */
const COUNT_WRONG_CODE = statement({
  name: 'login/count_wrong_code',
  short: true,
  sql: `
    WITH pending AS (
      SELECT id, phone, device_hash FROM login_attempts
      WHERE id = :attemptId AND method = 'OTP' AND status = 'PENDING' AND expires_at > now() FOR UPDATE
    ),
    ${countWrongGuess('pending')}
    UPDATE login_attempts a SET
      tries = a.tries + 1,
      status = CASE WHEN a.tries + 1 >= :maxTries THEN 'FAILED' ELSE a.status END,
      failure_reason = CASE WHEN a.tries + 1 >= :maxTries THEN 'TOO_MANY_TRIES'::failure_reason END,
      version = CASE WHEN a.tries + 1 >= :maxTries THEN a.version + 1 ELSE a.version END
    FROM pending WHERE a.id = pending.id
    RETURNING a.tries`,
  parameters: { attemptId: uuid, maxTries: int4, ...GUESS_PARAMETERS },
  columns: { tries: int2 },
});

/**
 * Counts a wrong code.
 *
 * @throws IncorrectCode unless the attempt was closed.
 */
export async function countWrongCode(
  { attemptId, networks }: { attemptId: string; networks: string[] },
  { config, database, bus, audit }: Pick<LoginDeps, 'config' | 'database' | 'bus' | 'audit'>,
): Promise<undefined> {
  const { maxTries } = config.otp;
  const [row] = await database.query(COUNT_WRONG_CODE, { attemptId, maxTries, networks });
  if (!row) return undefined;
  if (row.tries >= maxTries) bus.publish(attemptId);
  const triesLeft = Math.max(0, maxTries - row.tries);
  audit.info({ event: 'otp.incorrect', attemptId, triesLeft });
  throw new IncorrectCode(triesLeft);
}
