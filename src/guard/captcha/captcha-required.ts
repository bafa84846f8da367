import { GuardRefusal, type RefusedSubject } from '../errors.js';
import type { Rule } from '../rules.js';

/** What a client must solve. */
export interface CaptchaChallenge {
  provider: 'ALTCHA' | 'TURNSTILE' | 'HCAPTCHA';
  /** Of the widget; null for ALTCHA, which has none. */
  siteKey: string | null;
  /** ALTCHA: JSON with `parameters` and `signature`. Otherwise a text that the client sends back before the token of the widget. */
  challenge: string;
}

/** The request needs a solved captcha. */
export class CaptchaRequired extends GuardRefusal {
  readonly challenge: CaptchaChallenge;
  override readonly action = 'captcha';

  constructor(challenge: CaptchaChallenge, rule: Rule, about?: RefusedSubject) {
    super('CAPTCHA_REQUIRED', rule, about);
    this.challenge = challenge;
  }
}
