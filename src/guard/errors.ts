import { DomainError } from '../domain-error.js';

/**
 * A limit was reached. `retryAfterSeconds`: the wait in whole seconds, at least 1. `rule`: the limit, for operators; the
 * client does not learn it.
 */
export class RateLimited extends DomainError {
  readonly retryAfterSeconds: number;
  readonly rule: string | undefined;

  constructor(retryAfterSeconds: number, rule?: string) {
    super('RATE_LIMITED');
    this.rule = rule;
    this.retryAfterSeconds = Math.max(1, Math.ceil(retryAfterSeconds));
  }
}
