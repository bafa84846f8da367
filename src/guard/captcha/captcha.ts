import { hash } from 'node:crypto';
import type { Config } from '../../config/config.js';
import type { Keyring, Keys } from '../../config/keys.js';
import type { Database } from '../../db/database.js';
import type { Log } from '../../log.js';
import { CAPTCHA_MAX_NUMBER } from '../limits.js';
import type { Rule } from '../rules.js';
import { createAltchaChallenge, verifyAltcha } from './altcha.js';
import { type CaptchaSubject, challengeKey, hashedNetwork, hashedPhone } from './binding.js';
import { type CaptchaChallenge, CaptchaRequired } from './captcha-required.js';
import { createServiceHealth } from './service-health.js';
import { createSignedChallenge, isSignedChallenge } from './signed-challenge.js';
import { type HashedSubject, readDoublings, useSolution } from './solutions.js';

/** A longer token is not parsed. The longest of hCaptcha has about 3,000 characters. */
export const MAX_CAPTCHA_LENGTH = 8_000;

export interface Captcha {
  /** Whether suspicious clients must solve one. False with CAPTCHA=off. */
  isOn: boolean;
  /** Whether a client that starts a sign-in must solve one in any case (CAPTCHA_ASK=always). */
  asksAlways: boolean;
  /**
   * Whether the request has a solved captcha. The solution must have been made for this phone and this network within
   * five minutes, and is used up: a second request with it gets false. Without a token, no query is sent.
   */
  check(request: CaptchaSubject & { token: string | null | undefined }): Promise<boolean>;
  /**
   * Demands a captcha, because of this rule. With CAPTCHA=off it does nothing, so that the caller goes on.
   *
   * @throws CaptchaRequired with a new challenge
   */
  required(subject: CaptchaSubject & { rule: Rule }): Promise<void>;
}

interface CaptchaDeps {
  config: Pick<Config, 'captcha'>;
  keyring: Keyring;
  database: Database;
  log: Log;
}

/** The reasons are in docs/decisions/0046. */
export function createCaptcha({ config, keyring, database, log }: CaptchaDeps): Captcha {
  const { kind, askAlways, siteKey, secret, verifyUrl } = config.captcha;
  const isService = kind === 'turnstile' || kind === 'hcaptcha';
  const service =
    isService && siteKey !== undefined && secret !== undefined
      ? { siteKey, kind, health: createServiceHealth({ service: kind, secret, verifyUrl }, { log }) }
      : undefined;

  /** @returns what tells the solved challenge from all others; undefined if it is not solved */
  async function solvedChallenge(token: string, keys: Buffer[]): Promise<string | undefined> {
    const [challenge, ofService] = split(token);
    if (!service || ofService === undefined) return verifyAltcha({ token, keys });
    if (!isSignedChallenge({ challenge, keys })) return undefined;
    const verdict = await service.health.verify(ofService);
    if (verdict.result !== 'passed') return undefined;
    // Turnstile shows for which challenge its widget was solved, if the page has told the widget.
    return [undefined, '', challenge].includes(verdict.cdata) ? challenge : undefined;
  }

  async function newChallenge(subject: CaptchaSubject): Promise<CaptchaChallenge> {
    const key = challengeKey(subject, keyring.current);
    if (service?.health.isUp())
      return {
        provider: service.kind === 'turnstile' ? 'TURNSTILE' : 'HCAPTCHA',
        siteKey: service.siteKey,
        challenge: createSignedChallenge({ key }),
      };
    const doublings = await readDoublings(hashed(subject, keyring.current), { database });
    const challenge = await createAltchaChallenge({ key, maxNumber: CAPTCHA_MAX_NUMBER * 2 ** doublings });
    return { provider: 'ALTCHA', siteKey: null, challenge: JSON.stringify(challenge) };
  }

  return {
    isOn: kind !== 'off',
    asksAlways: askAlways,
    async check({ token, ...subject }) {
      if (!token || token.length > MAX_CAPTCHA_LENGTH || kind === 'off') return false;
      const keys = keyring.all.map((each) => challengeKey(subject, each));
      const solved = await solvedChallenge(token, keys);
      if (solved === undefined) return false;
      return useSolution({ id: hash('sha256', solved, 'buffer'), ...hashed(subject, keyring.current) }, { database });
    },
    async required({ rule, ...subject }) {
      if (kind !== 'off') throw new CaptchaRequired(await newChallenge(subject), rule, { phone: subject.phone });
    },
  };
}

/** The token of a service follows the challenge and a dot. Neither JSON in base64 nor base64url contains a dot. */
function split(token: string): [challenge: string, ofService?: string] {
  const dot = token.startsWith('{') ? -1 : token.indexOf('.');
  return dot < 0 ? [token] : [token.slice(0, dot), token.slice(dot + 1)];
}

function hashed({ phone, network }: CaptchaSubject, keys: Keys): HashedSubject {
  return {
    phoneHash: phone === undefined ? null : hashedPhone(phone, keys),
    networkHash: hashedNetwork(network, keys),
  };
}
