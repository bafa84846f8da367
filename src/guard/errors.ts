import { DomainError, type FailureCode } from '../domain-error.js';
import type { GuardAction } from './events/guard-event.js';
import type { Rule } from './rules.js';

/** What a refused request was about, as far as it is known. */
export interface RefusedSubject {
  /** E.164. */
  phone?: string | undefined;
  country?: string | undefined;
  attemptId?: string | undefined;
}

/**
 * The guard refuses a request. `rule` and `about` are for operators; the client does not learn them. Every one that leaves
 * the GraphQL server is recorded as a guard event.
 */
export class GuardRefusal extends DomainError {
  readonly rule: Rule;
  readonly about: RefusedSubject;
  readonly action: Exclude<GuardAction, 'blocked'> = 'refused';

  constructor(code: FailureCode, rule: Rule, about: RefusedSubject = {}) {
    super(code);
    this.rule = rule;
    this.about = about;
  }
}

/** A limit was reached. `retryAfterSeconds`: the wait in whole seconds, at least 1. */
export class RateLimited extends GuardRefusal {
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number, rule: Rule, about?: RefusedSubject) {
    super('RATE_LIMITED', rule, about);
    this.retryAfterSeconds = Math.max(1, Math.ceil(retryAfterSeconds));
  }
}

/** The gateway sends nothing to this phone. */
export class PhoneNotAllowed extends GuardRefusal {
  constructor(rule: 'destination' | 'number_kind', about?: RefusedSubject) {
    super('PHONE_NOT_ALLOWED', rule, about);
  }
}
