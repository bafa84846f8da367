import { hash } from 'node:crypto';
import type { Config } from '../../config/config.js';
import type { Keyring, Keys } from '../../config/keys.js';
import type { Database } from '../../db/database.js';
import type { Log } from '../../log.js';
import { countryOf } from '../../phone/phone-country.js';
import { CAPTCHA_MAX_DOUBLINGS, CAPTCHA_MAX_DOUBLINGS_BEYOND, CAPTCHA_MAX_NUMBER } from '../limits.js';
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
  /**
   * Judges the captcha of a request. The solution must have been made for this phone and this network within five
   * minutes, and is used up: a second request with it counts as one without. So does one with a solution that is much easier than the
   * challenge that the request would get now. Without a token, no query is sent.
   */
  judge(request: CaptchaSubject & { token: string | null | undefined }): Promise<CaptchaVerdict>;
}

/** Whether a request has a solved captcha, and whether it can be asked for one. */
export interface CaptchaVerdict {
  solved: boolean;
  /** Whether a suspicious client must solve one: not if it has, and not with CAPTCHA=off. */
  canDemand: boolean;
  /** Whether a client that starts a sign-in must solve one in any case (CAPTCHA_ASK=always). */
  isDue: boolean;
  /**
   * Demands a captcha, because of this rule. Does nothing if none can be demanded, so that the caller goes on.
   *
   * @throws CaptchaRequired with a new challenge
   */
  demand(rule: Rule): Promise<void>;
}

/** A solved challenge, as a text that tells it from all others, and how often its work was doubled. */
interface SolvedChallenge {
  challenge: string;
  doublings: number;
}

const HARDEST = CAPTCHA_MAX_DOUBLINGS + CAPTCHA_MAX_DOUBLINGS_BEYOND;
/** Most challenges have few. */
const DOUBLINGS = Array.from({ length: HARDEST + 1 }, (_, doublings) => doublings);

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

  async function solvedChallenge(token: string, subject: CaptchaSubject): Promise<SolvedChallenge | undefined> {
    const [challenge, ofService] = split(token);
    if (!service || ofService === undefined) {
      const keys = keyring.all.flatMap((each) =>
        DOUBLINGS.map((doublings) => ({ key: challengeKey(subject, each, doublings), doublings })),
      );
      const verified = await verifyAltcha({ token, keys });
      return verified && { challenge: verified.signature, doublings: verified.by.doublings };
    }
    if (!isSignedChallenge({ challenge, keys: keyring.all.map((each) => challengeKey(subject, each)) }))
      return undefined;
    const verdict = await service.health.verify(ofService);
    if (verdict.result !== 'passed') return undefined;
    // Turnstile shows for which challenge its widget was solved, if the page passed it to the widget.
    if (![undefined, '', challenge].includes(verdict.cdata)) return undefined;
    return { challenge, doublings: HARDEST };
  }

  async function newChallenge(subject: CaptchaSubject): Promise<CaptchaChallenge> {
    if (service?.health.isUp())
      return {
        provider: service.kind === 'turnstile' ? 'TURNSTILE' : 'HCAPTCHA',
        siteKey: service.siteKey,
        challenge: createSignedChallenge({ key: challengeKey(subject, keyring.current) }),
      };
    const doublings = await readDoublings(
      { ...hashed(subject, keyring.current), phone: subject.phone ?? null },
      { database },
    );
    const challenge = await createAltchaChallenge({
      key: challengeKey(subject, keyring.current, doublings),
      maxNumber: CAPTCHA_MAX_NUMBER * 2 ** doublings,
    });
    return { provider: 'ALTCHA', siteKey: null, challenge: JSON.stringify(challenge) };
  }

  async function isSolved(token: string | null | undefined, subject: CaptchaSubject): Promise<boolean> {
    if (!token || token.length > MAX_CAPTCHA_LENGTH || kind === 'off') return false;
    const solved = await solvedChallenge(token, subject);
    if (solved === undefined) return false;
    const { challenge, doublings } = solved;
    const id = hash('sha256', challenge, 'buffer');
    return useSolution(
      { id, doublings, phone: subject.phone ?? null, ...hashed(subject, keyring.current) },
      { database },
    );
  }

  return {
    async judge({ token, ...subject }) {
      const solved = await isSolved(token, subject);
      const canDemand = kind !== 'off' && !solved;
      return {
        solved,
        canDemand,
        isDue: canDemand && askAlways,
        async demand(rule) {
          if (!canDemand) return;
          const { phone } = subject;
          throw new CaptchaRequired(await newChallenge(subject), rule, { phone, country: phone && countryOf(phone) });
        },
      };
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
