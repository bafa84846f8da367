import type { Phonegate, Session } from '../src/index.js';
import { somePhone } from '../../../test/support/calls.js';
import type { TestGateway } from '../../../test/support/gateway.js';

/** Signs a new user in by a code, as an application does. */
export async function signInByCode(
  client: Phonegate,
  gateway: Pick<TestGateway, 'codeOf'>,
  phone = somePhone(),
): Promise<Session> {
  const attempt = await client.requestOtp({ phone });
  if (attempt.__typename !== 'OtpRequested') throw new Error(attempt.__typename);
  const answer = await client.verifyOtp({ ...attempt, code: gateway.codeOf(attempt.attemptId) });
  if (answer.__typename !== 'Session') throw new Error(answer.__typename);
  return answer;
}
