import { solveAltcha } from './altcha.js';
import type { RequiredCaptcha, WithCaptcha } from '../phonegate.js';
import { solveByWidget } from './widget.js';

/**
 * Solves a captcha. ALTCHA takes a second on an old phone, and nothing from the user. The others show their widget.
 *
 * @returns the value for the input field `captcha`; undefined when it cannot be solved here: outside of a browser page, or
 * when the widget does not load
 */
export async function solveCaptcha({
  provider,
  siteKey,
  challenge,
}: Pick<RequiredCaptcha, 'provider' | 'siteKey' | 'challenge'>): Promise<string | undefined> {
  if (provider === 'ALTCHA') return solveAltcha(challenge);
  const token = await solveByWidget(provider, siteKey ?? '', challenge);
  return token && `${challenge}.${token}`;
}

/** While a service fails, the gateway demands another captcha than at first. */
const ROUNDS = 3;

/** For the option `captcha` of `createPhonegate`: repeats a request with the solutions of the captchas that its answers demand. */
export const withCaptcha: WithCaptcha = async (first, repeat) => {
  let answer = first;
  for (let round = 0; round < ROUNDS; round++) {
    const required = answer as RequiredCaptcha | null;
    if (required?.__typename !== 'CaptchaRequired') break;
    const captcha = await solveCaptcha(required);
    if (captcha === undefined) break;
    answer = await repeat(captcha);
  }
  return answer;
};
