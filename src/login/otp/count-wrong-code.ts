import { statement } from '../../db/statement.js';
import { bool, int2, int4, uuid } from '../../db/types.js';
import { DomainError } from '../../domain-error.js';
import { countPhoneFailure } from '../../guard/phone-failures.js';
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
 * Counts a wrong code for the attempt and for the phone, and closes the attempt at the last try. Concurrent requests
 * are counted one after another, because each locks the attempt. `counted` is false when the phone has no guesses left:
 * the answer is then RATE_LIMITED. The attempt loses a try in that case too, so that an attempt never allows more
 * guesses than its tries.
 */
const COUNT_WRONG_CODE = statement({
  name: 'login/count_wrong_code',
  sql: `
    WITH pending AS (
      SELECT id, phone FROM login_attempts
      WHERE id = :attemptId AND method = 'OTP' AND status = 'PENDING' AND expires_at > now() FOR UPDATE
    ),
    counted AS (${countPhoneFailure('pending')})
    UPDATE login_attempts a SET
      tries = a.tries + 1,
      status = CASE WHEN a.tries + 1 >= :maxTries THEN 'FAILED' ELSE a.status END,
      failure_reason = CASE WHEN a.tries + 1 >= :maxTries THEN 'TOO_MANY_TRIES'::failure_reason END,
      version = CASE WHEN a.tries + 1 >= :maxTries THEN a.version + 1 ELSE a.version END
    FROM pending LEFT JOIN counted ON true WHERE a.id = pending.id
    RETURNING a.tries, counted.phone IS NOT NULL AS counted`,
  parameters: { attemptId: uuid, maxTries: int4 },
  columns: { tries: int2, counted: bool },
});

/**
 * Counts a wrong code.
 *
 * @throws IncorrectCode unless the attempt was closed or the phone has no guesses left.
 */
export async function countWrongCode(
  { attemptId }: { attemptId: string },
  { config, database, bus, audit }: Pick<LoginDeps, 'config' | 'database' | 'bus' | 'audit'>,
): Promise<undefined> {
  const { maxTries } = config.otp;
  const [row] = await database.query(COUNT_WRONG_CODE, { attemptId, maxTries });
  if (row && row.tries >= maxTries) bus.publish(attemptId);
  if (!row?.counted) return undefined;
  const triesLeft = Math.max(0, maxTries - row.tries);
  audit.info({ event: 'otp.incorrect', attemptId, triesLeft });
  throw new IncorrectCode(triesLeft);
}
