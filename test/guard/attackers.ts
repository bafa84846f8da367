import { solveCaptcha } from '@phonegate/client/captcha';
import { type Result, requestOtp, verifyOtp, wrongCode } from '../support/calls.js';
import type { TestDatabase, TestGateway } from '../support/gateway.js';

/** Headers of a client with this IP. The gateway must have TRUSTED_PROXY_HOPS=1. */
const from = (ip: string) => ({ 'x-forwarded-for': ip });

/** A different IPv4 address for each number, each in a /24 of its own. */
export const addressOf = (number: number) => `198.${number >> 8}.${number & 255}.7`;

/** A client with an IP, at one gateway. */
interface Client {
  on: TestGateway;
  ip: string;
  deviceToken?: string;
}

export const ask = ({ on, ip, deviceToken }: Client, phone: string) =>
  requestOtp(on.graphqlUrl, { phone, ...(deviceToken && { deviceToken }) }, from(ip));

/** Requests a code, and solves the captcha if one is asked. */
export async function askSolving({ on, ip }: Client, phone: string): Promise<Result> {
  const answer = await ask({ on, ip }, phone);
  if (answer.__typename !== 'CaptchaRequired') return answer;
  const captcha = await solveCaptcha({ ...answer, siteKey: null });
  return requestOtp(on.graphqlUrl, { phone, captcha }, from(ip));
}

/** From now on, send budgets refuse nobody, because the tests of this database are about wrong codes. */
export const ignoreSendBudgets = (database: TestDatabase) =>
  database.query(`
    CREATE FUNCTION spend_nothing() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.minute_sends := 0;
        NEW.hour_sends := 0;
        NEW.day_sends := 0;
        RETURN NEW;
      END $$;
    CREATE TRIGGER spend_nothing BEFORE INSERT OR UPDATE ON budgets FOR EACH ROW EXECUTE FUNCTION spend_nothing()`);

/** Enters a code at an attempt. Enters a wrong one if none is given. */
export const enter = ({ on, ip }: Client, attempt: Result, code = wrongCode(on.codeOf(attempt.attemptId))) =>
  verifyOtp({ url: on.graphqlUrl, headers: from(ip) }, { ...attempt, code });

/** Requests a code and enters five wrong ones. @returns the types of the answers */
export async function attack(client: Client, phone: string): Promise<string[]> {
  const attempt = await ask(client, phone);
  const answers = [attempt.__typename];
  for (let tries = 0; attempt.__typename === 'OtpRequested' && tries < 5; tries += 1)
    answers.push((await enter(client, attempt)).__typename);
  return answers;
}

/** Requests a code and enters the right one. */
export async function signInFrom(client: Client, phone: string): Promise<Result> {
  const attempt = await ask(client, phone);
  if (attempt.__typename !== 'OtpRequested') return attempt;
  return enter(client, attempt, client.on.codeOf(attempt.attemptId));
}

/** Moves everything that the guard counts into the past. */
export async function pass(database: TestDatabase, time: string): Promise<void> {
  const ago = (column: string) => `${column} = ${column} - interval '${time}'`;
  await database.query(`UPDATE guess_failures SET ${ago('hour_started_at')}, ${ago('day_started_at')}`);
  // They count for ten minutes. Moved rows could meet those that were moved before.
  await database.query('DELETE FROM guess_minutes');
  await database.query(`UPDATE guard_alarms SET ${ago('started_at')}, ${ago('seen_at')}`);
  await database.query(`UPDATE login_attempts SET ${ago('expires_at')} WHERE status = 'PENDING'`);
}
