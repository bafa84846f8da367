import { DomainError } from '../../domain-error.js';

/** What a client must solve. */
export interface CaptchaChallenge {
  provider: 'ALTCHA' | 'TURNSTILE' | 'HCAPTCHA';
  /** Of the widget; null for ALTCHA, which has none. */
  siteKey: string | null;
  /** ALTCHA: JSON with `parameters` and `signature`. Otherwise a text that the client sends back before the token of the widget. */
  challenge: string;
}

/** The request needs a solved captcha. */
export class CaptchaRequired extends DomainError {
  readonly challenge: CaptchaChallenge;

  constructor(challenge: CaptchaChallenge) {
    super('CAPTCHA_REQUIRED');
    this.challenge = challenge;
  }
}
